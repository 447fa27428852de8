/** Recordings: what is measured, the name of the answer in lists of files, and how windows are cut. */
import { createEffect, createSignal, Index, Show, type JSX } from 'solid-js';
import { t } from '../../i18n/t.ts';
import { channelIndex, type ChannelForm, type SequenceForm } from '../../state/founding/founding-sequence.ts';
import { CheckField, controlId, FieldNotes, namesOf, SelectField, TextField } from './field.tsx';
import type { Founder } from './founder.ts';
import { Part } from './part.tsx';

const WINDOWS = ['1', '2', '4', '8', '16', '32', '64'] as const;

export function RecordingsPart(props: { readonly founder: Founder }): JSX.Element {
  const form = () => props.founder.form.sequence;
  const fields = fieldsOf(props.founder);
  return (
    <Part title={t('create.recordings.title')} lead={t('create.recordings.public')}>
      <TextField
        {...fields.named('label.name')}
        label={t('create.recordings.label')}
        hint={t('create.recordings.label.hint')}
        value={form().label}
        onInput={(label) => fields.edit('label.name', { label })}
      />
      <Show when={form().rate} fallback={<Measured founder={props.founder} />}>
        {(rate) => <p>{t('create.motion.fixed', { rate: rate(), max: form().windowsMax })}</p>}
      </Show>
    </Part>
  );
}

function fieldsOf(founder: Founder) {
  return {
    named: (name: string) => ({ founder, field: `task.${name}` }),
    edit: (name: string, change: Partial<SequenceForm>) =>
      founder.edit(`task.${name}`, { sequence: { ...founder.form.sequence, ...change } }),
  };
}

/** Settings if participants bring files: the channels, and how windows are cut. */
function Measured(props: { readonly founder: Founder }): JSX.Element {
  const form = () => props.founder.form.sequence;
  const { named: field, edit } = fieldsOf(props.founder);
  const all = () => namesOf({ founder: props.founder, field: 'task.channels', label: '' });
  return (
    <>
      <h3>{t('create.recordings.channels')}</h3>
      <Show when={form().recordings > 0}>
        <p class="quiet">{t('create.recordings.sample')}</p>
      </Show>
      <div id={controlId('task.channels')} tabindex="-1">
        <FieldNotes names={all()} hint={undefined} />
        <ul class="columns-list">
          <Index each={form().channels}>
            {(channel, place) => <ChannelCard founder={props.founder} channel={channel()} place={place} />}
          </Index>
        </ul>
      </div>
      <h3>{t('create.recordings.windows')}</h3>
      <p class="quiet">{t('create.recordings.windows.lead')}</p>
      <div class="field-row">
        <TextField
          {...field('length')}
          label={t('create.recordings.length')}
          hint={t('create.recordings.length.hint')}
          kind="numeric"
          value={form().length}
          onInput={(length) => edit('length', { length })}
        />
        <TextField
          {...field('hop')}
          label={t('create.recordings.hop')}
          hint={t('create.recordings.hop.hint')}
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
  // A problem inside must be visible.
  createEffect(() => {
    if (wrong()) setOpen(true);
  });
  const summary = () =>
    props.channel.read
      ? t('create.columns.sum.number', { min: props.channel.min, max: props.channel.max })
      : t(props.channel.unread === null ? 'create.columns.sum.ignored' : `create.recordings.unread.${props.channel.unread}`);
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
        label={t('create.columns.typical')}
        hint={t('create.columns.typical.hint')}
        kind="decimal"
        value={props.channel.typical}
        onInput={typed('typical')}
      />
    </div>
  );
}
