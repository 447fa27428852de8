/** The first question: what participants bring, shown by a sample that stays on the device. Pictures and phones need none. */
import { createSignal, For, Match, Show, Switch, type JSX } from 'solid-js';
import { plural, t } from '../../i18n/t.ts';
import type { FoundingForm } from '../../state/founding/founding-form.ts';
import { FileField, PICTURE_FILES, RECORDING_FILES, TABLE_FILES } from '../../ui/file-field.tsx';
import { count } from '../../words/format.ts';
import { ProblemNotice } from '../../ui/problem-notice.tsx';
import { ReadingMeter } from '../../ui/reading-meter.tsx';
import { FolderField } from '../join/folder-field.tsx';
import { controlId, FieldNotes, goTo, namesOf } from './field.tsx';
import type { Founder } from './founder.ts';
import { PersonFinding } from './sample-findings.tsx';

const KINDS = ['file', 'pictures', 'recordings', 'motion'] as const;

/** True for tables from a sample and for those written by hand. */
function kindOf({ source, sequence }: FoundingForm): (typeof KINDS)[number] {
  if (source === 'recordings' && sequence.rate !== null) return 'motion';
  return source === 'scratch' ? 'file' : source;
}

export function SampleQuestion(props: { readonly founder: Founder }): JSX.Element {
  const kind = () => kindOf(props.founder.form);
  const names = () => namesOf({ founder: props.founder, field: 'sample', label: '' });
  return (
    <div class="question">
      <fieldset class="kinds">
        <legend class="ask">{t('create.source.legend')}</legend>
        <For each={KINDS}>
          {(name) => (
            <label>
              <input type="radio" name="source" checked={kind() === name} onChange={() => props.founder.choose(name)} />
              <span>{t(`create.source.${name}`)}</span>
            </label>
          )}
        </For>
      </fieldset>
      <div class="question" id={controlId('sample')} tabindex="-1">
        <Switch>
          <Match when={kind() === 'pictures'}>
            <PicturesSample founder={props.founder} />
          </Match>
          <Match when={kind() === 'motion'}>
            <p class="quiet">{t('create.motion.lead')}</p>
          </Match>
          <Match when={kind() === 'recordings'}>
            <RecordingsSample founder={props.founder} />
          </Match>
          <Match when={props.founder.form.source === 'scratch'}>
            <p class="quiet">{t('create.scratch.lead')}</p>
            <button
              type="button"
              class="plain"
              onClick={() => {
                props.founder.choose('file');
                queueMicrotask(() => goTo('sample'));
              }}
            >
              {t('create.scratch.back')}
            </button>
          </Match>
          <Match when={kind() === 'file'}>
            <TableSample founder={props.founder} />
          </Match>
        </Switch>
        <FieldNotes names={names()} hint={undefined} />
      </div>
    </div>
  );
}

function TableSample(props: { readonly founder: Founder }): JSX.Element {
  const form = () => props.founder.form;
  // The browser still shows the file's name beside its button.
  const [stopped, setStopped] = createSignal(false);
  const read = (file: File) => {
    setStopped(false);
    void props.founder.read(file);
  };
  const stop = () => {
    setStopped(true);
    props.founder.stopReading();
  };
  return (
    <>
      <FileField
        label={t('create.file')}
        drop={t('create.file.drop')}
        accept={TABLE_FILES}
        multiple={false}
        busy={props.founder.busy() !== null}
        problem={problemId(props.founder)}
        onFiles={([file]) => file !== undefined && read(file)}
      />
      <SampleProblem founder={props.founder} />
      <Show when={stopped() && props.founder.busy() === null}>
        <p role="status">{t('create.file.stopped')}</p>
      </Show>
      <Show
        when={form().columns.length > 0 || props.founder.busy() === 'reading'}
        fallback={
          <>
            <p class="quiet">{t('create.file.stays')}</p>
            <button
              type="button"
              class="plain"
              onClick={() => {
                props.founder.choose('scratch');
                queueMicrotask(() => goTo('task.columns'));
              }}
            >
              {t('create.scratch')}
            </button>
          </>
        }
      >
        <Show
          when={props.founder.busy() === 'reading'}
          fallback={
            <p class="quiet" role="status">
              {readText(props.founder)}
            </p>
          }
        >
          <p class="quiet" role="status">
            {t('create.file.reading')}
          </p>
          <Show when={partOf(props.founder.progress())}>
            {(share) => <ReadingMeter label={t('create.file.reading')} share={share()} onStop={stop} />}
          </Show>
        </Show>
      </Show>
      <Show when={form().columns.length > 0 && !form().named}>
        <p class="finding" role="status">
          {t('create.file.unnamed')}
        </p>
      </Show>
    </>
  );
}

function readText({ form, sampleRead }: Founder): string {
  const { fileName, fileRows, sampleRows, columns } = form;
  const stem = sampleRead() === 'file' ? 'create.file.read' : 'create.file.restored';
  const all = plural(stem, fileRows, { name: fileName, columns: columns.length });
  return fileRows > sampleRows ? `${all} ${t('create.file.drawn', { n: count(sampleRows) })}` : all;
}

function PicturesSample(props: { readonly founder: Founder }): JSX.Element {
  const image = () => props.founder.form.image;
  const read = () => {
    const stem = props.founder.sampleRead() === 'pictures' ? 'create.pictures.read' : 'create.pictures.restored';
    return plural(stem, image().pictures, { width: image().width, height: image().height });
  };
  return (
    <>
      <FolderField
        folder={{ title: t('create.pictures.folder'), hint: t('create.pictures.folder.hint') }}
        files={{ title: t('create.pictures.files'), hint: t('create.pictures.files.hint') }}
        accept={PICTURE_FILES}
        drop={t('images.drop')}
        invalid={problemId(props.founder) !== undefined}
        problem={problemId(props.founder) ?? ''}
        busy={props.founder.busy() !== null}
        onFiles={(files) => void props.founder.readPictures(files)}
      />
      <SampleProblem founder={props.founder} />
      <p class="quiet" role="status">
        <Switch fallback={t('create.pictures.lead')}>
          <Match when={props.founder.busy() === 'reading'}>{t('create.pictures.reading')}</Match>
          <Match when={image().pictures > 0}>{read()}</Match>
        </Switch>
      </p>
    </>
  );
}

function RecordingsSample(props: { readonly founder: Founder }): JSX.Element {
  const sequence = () => props.founder.form.sequence;
  const read = () => {
    const stem = props.founder.sampleRead() === 'recordings' ? 'create.recordings.read' : 'create.recordings.restored';
    return plural(stem, sequence().recordings, { name: sequence().name, channels: sequence().channels.length });
  };
  return (
    <>
      <FolderField
        folder={{ title: t('create.recordings.folder'), hint: t('create.recordings.folder.hint') }}
        files={{ title: t('create.recordings.files'), hint: t('create.recordings.files.hint') }}
        accept={RECORDING_FILES}
        drop={t('sequence.drop')}
        invalid={problemId(props.founder) !== undefined}
        problem={problemId(props.founder) ?? ''}
        busy={props.founder.busy() !== null}
        onFiles={(files) => void props.founder.readRecordings(files)}
      />
      <SampleProblem founder={props.founder} />
      <p class="quiet" role="status">
        <Switch fallback={t('create.recordings.stays')}>
          <Match when={props.founder.busy() === 'reading'}>{t('create.file.reading')}</Match>
          <Match when={sequence().recordings > 0}>{read()}</Match>
        </Switch>
      </p>
      <Show when={sequence().backwards > 0}>
        <p class="finding" role="status">
          {plural('create.recordings.back', sequence().backwards)}
        </p>
      </Show>
      <PersonFinding founder={props.founder} />
    </>
  );
}

/** True while a file is partly read. */
const partOf = (share: number | null): number | null => (share !== null && share < 1 ? share : null);

/** Why the field is wrong: the file was refused or is missing. */
function problemId(founder: Founder): string | undefined {
  if (founder.fileProblem() !== null) return 'sample-problem';
  return namesOf({ founder, field: 'sample', label: '' }).describedBy;
}

function SampleProblem(props: { readonly founder: Founder }): JSX.Element {
  return <Show when={props.founder.fileProblem()}>{(shown) => <ProblemNotice problem={shown()} id="sample-problem" />}</Show>;
}
