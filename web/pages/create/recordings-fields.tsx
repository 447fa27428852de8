/** A task of recordings: what is measured, what they are to be told apart by, and how windows are cut from them. */
import { createEffect, createSignal, Index, Show, type JSX } from 'solid-js';
import { t } from '../../i18n/t.ts';
import { channelIndex, type ChannelForm, type SequenceForm } from '../../state/founding-sequence.ts';
import { linesOf } from '../../state/typed-text.ts';
import { AreaField, CheckField, controlId, FieldNotes, namesOf, SelectField, TextField } from './field.tsx';
import type { Founder } from './founder.ts';

const WINDOWS = ['1', '2', '4', '8', '16', '32', '64'] as const;

export function RecordingsFields(props: { readonly founder: Founder }): JSX.Element {
  const form = () => props.founder.form.sequence;
  const edit = (field: string, change: Partial<SequenceForm>) =>
    props.founder.edit(`task.${field}`, { sequence: { ...form(), ...change } });
  const field = (name: string) => ({ founder: props.founder, field: `task.${name}` });
  return (
    <>
      <Show when={form().recordings > 0}>
        <p class="notice">{t('create.recordings.public')}</p>
      </Show>
      <TextField
        {...field('label.name')}
        label={t('create.recordings.label')}
        value={form().label}
        onInput={(label) => edit('label.name', { label })}
      />
      <AreaField
        {...field('label.classes')}
        label={t('create.columns.classes')}
        hint={t('create.columns.values.hint')}
        rows={Math.min(10, Math.max(3, linesOf(form().classes).length))}
        value={form().classes}
        onInput={(classes) => edit('label.classes', { classes })}
      />
      <Show when={form().rate} fallback={<Measured founder={props.founder} />}>
        {(rate) => <p>{t('create.motion.fixed', { rate: rate(), max: form().windowsMax })}</p>}
      </Show>
    </>
  );
}

/** What a founder decides where members bring files: the channels, and how windows are cut. */
function Measured(props: { readonly founder: Founder }): JSX.Element {
  const form = () => props.founder.form.sequence;
  const edit = (field: string, change: Partial<SequenceForm>) =>
    props.founder.edit(`task.${field}`, { sequence: { ...form(), ...change } });
  const field = (name: string) => ({ founder: props.founder, field: `task.${name}` });
  const all = () => namesOf({ founder: props.founder, field: 'task.channels', label: '' });
  return (
    <>
      <h3>{t('create.recordings.channels')}</h3>
      <div class="wide" id={controlId('task.channels')} tabindex="-1">
        <FieldNotes names={all()} hint={undefined} />
      </div>
      <ul class="columns-list">
        <Index each={form().channels}>
          {(channel, place) => <ChannelCard founder={props.founder} channel={channel()} place={place} />}
        </Index>
      </ul>
      <h3>{t('create.recordings.windows')}</h3>
      <p>{t('create.recordings.windows.lead')}</p>
      <div class="field-row">
        <TextField
          {...field('length')}
          label={t('create.recordings.length')}
          kind="numeric"
          value={form().length}
          onInput={(length) => edit('length', { length })}
        />
        <TextField
          {...field('hop')}
          label={t('create.recordings.hop')}
          kind="numeric"
          value={form().hop}
          onInput={(hop) => edit('hop', { hop })}
        />
        <SelectField
          {...field('windowsMax')}
          label={t('create.recordings.windowsMax')}
          hint={t('create.recordings.windowsMax.hint')}
          value={form().windowsMax}
          options={WINDOWS.map((n) => [n, n] as const)}
          onChoose={(windowsMax) => edit('windowsMax', { windowsMax })}
        />
        <TextField
          {...field('recording')}
          label={t('create.recordings.recording')}
          hint={t('create.recordings.recording.hint')}
          value={form().recording}
          onInput={(recording) => edit('recording', { recording })}
        />
      </div>
    </>
  );
}

interface ChannelCardProps {
  readonly founder: Founder;
  readonly channel: ChannelForm;
  readonly place: number;
}

function ChannelCard(props: ChannelCardProps): JSX.Element {
  const [open, setOpen] = createSignal(false);
  const form = () => props.founder.form.sequence;
  const path = () => `task.channels.${channelIndex(form(), props.place)}`;
  const wrong = () => props.channel.read && props.founder.wrong().some(({ field }) => field.startsWith(`${path()}.`));
  const edit = (field: string | null, change: Partial<ChannelForm>) => {
    const channels = form().channels.map((one, i) => (i === props.place ? { ...one, ...change } : one));
    props.founder.edit(field, { sequence: { ...form(), channels } });
  };
  // A problem inside must not hide.
  createEffect(() => {
    if (wrong()) setOpen(true);
  });
  const summary = () =>
    props.channel.read
      ? t('create.columns.sum.number', { min: props.channel.min, max: props.channel.max })
      : t('create.columns.sum.ignored');
  return (
    <li>
      <details class="column" open={open()} onToggle={(event) => setOpen(event.currentTarget.open)}>
        <summary>
          <span class="column-name">{props.channel.name || t('create.columns.nameless')}</span>
          <span class="quiet"> {summary()}</span>
          <Show when={wrong()}>
            <span class="field-error">
              {' '}
              <span aria-hidden="true">▲</span> {t('create.columns.wrong')}
            </span>
          </Show>
        </summary>
        <Show when={open()}>
          <div class="column-fields">
            <CheckField
              founder={props.founder}
              field={`channel.${props.place}.read`}
              label={t('create.recordings.read')}
              checked={props.channel.read}
              onCheck={(read) => edit('task.channels', { read })}
            />
            <Show when={props.channel.read}>
              <ChannelFields founder={props.founder} channel={props.channel} path={path()} onEdit={edit} />
            </Show>
          </div>
        </Show>
      </details>
    </li>
  );
}

interface ChannelFieldsProps {
  readonly founder: Founder;
  readonly channel: ChannelForm;
  readonly path: string;
  readonly onEdit: (field: string, change: Partial<ChannelForm>) => void;
}

function ChannelFields(props: ChannelFieldsProps): JSX.Element {
  const field = (name: string) => ({ founder: props.founder, field: `${props.path}.${name}` });
  const typed = (name: keyof ChannelForm) => (value: string) => props.onEdit(`${props.path}.${name}`, { [name]: value });
  return (
    <div class="field-row">
      <TextField {...field('name')} label={t('create.columns.name')} value={props.channel.name} onInput={typed('name')} />
      <TextField {...field('min')} label={t('create.columns.min')} kind="decimal" value={props.channel.min} onInput={typed('min')} />
      <TextField {...field('max')} label={t('create.columns.max')} kind="decimal" value={props.channel.max} onInput={typed('max')} />
      <TextField
        {...field('typical')}
        label={t('create.recordings.typical')}
        hint={t('create.recordings.typical.hint')}
        kind="decimal"
        value={props.channel.typical}
        onInput={typed('typical')}
      />
    </div>
  );
}
