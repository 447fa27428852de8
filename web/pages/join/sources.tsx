/** All ways to add data for a task: a file, a folder, pictures, drawings, recordings, the sample. They fold away once data is read. */
import { createEffect, createSignal, createUniqueId, For, on, Show, type JSX } from 'solid-js';
import type { PageSource } from '#workers/api';
import type { Task } from '#protocol/manifest/task';
import { t } from '../../i18n/t.ts';
import type { PeerCalls } from '../../state/peer.ts';
import { SAMPLE_PARTS, sampleName, type SampleSet } from '../../state/samples.ts';
import { FileField, TABLE_FILES } from '../../ui/file-field.tsx';
import { count } from '../../words/format.ts';
import { describeColumns } from './columns.ts';
import { pictureLines, PictureSources } from './picture-sources.tsx';
import { recordingLines } from './recordings-field.tsx';
import { SequenceSources } from './sequence-sources.tsx';

export interface SourcesProps {
  readonly task: Task;
  readonly rowsMax: number;
  readonly calls: PeerCalls;
  /** The sample that fits the task. */
  readonly sample: SampleSet | null;
  readonly invalid: boolean;
  readonly busy: boolean;
  /** Whether the fields are folded; null while data is being read, when they stay as they are. */
  readonly folded: boolean | null;
  /** Called if the focus was in the fields when they folded. */
  readonly onFolded: () => void;
  readonly onSource: (source: PageSource) => void;
}

function columnLines(task: Task): readonly string[] {
  if (task.kind === 'sequence') return recordingLines(task);
  return task.kind === 'table' ? describeColumns(task) : pictureLines(task);
}

const LEADS = { table: 'data.lead', image: 'images.lead', sequence: 'sequence.lead' } as const;
const READS = { table: 'data.columns', image: 'images.reads', sequence: 'sequence.reads' } as const;

export function Sources(props: SourcesProps): JSX.Element {
  const sequence = () => (props.task.kind === 'sequence' ? props.task : null);
  const [folded, setFolded] = createSignal(false);
  let fields!: HTMLDetailsElement;
  createEffect(
    on(
      () => props.folded,
      (wanted) => {
        if (wanted === null) return;
        const within = fields.contains(document.activeElement);
        setFolded(wanted);
        fields.open = !wanted;
        if (wanted && within) props.onFolded();
      },
    ),
  );
  return (
    <details class="sources" ref={fields} open>
      <summary hidden={!folded()}>{t('data.again')}</summary>
      <p>{t(LEADS[props.task.kind])}</p>
      <Show when={props.task.kind === 'table'}>
        <TableField invalid={props.invalid} busy={props.busy} onFile={(file) => props.onSource({ file })} />
      </Show>
      <Show when={sequence()}>
        {(task) => (
          <SequenceSources task={task()} calls={props.calls} invalid={props.invalid} busy={props.busy} onSource={props.onSource} />
        )}
      </Show>
      <Show when={props.sample}>
        {(set) => <SampleField set={set()} busy={props.busy} onPart={(part) => props.onSource({ sample: sampleName(set(), part) })} />}
      </Show>
      <div class="asides">
        <PictureSources task={props.task} rowsMax={props.rowsMax} invalid={props.invalid} busy={props.busy} onSource={props.onSource} />
        <Reads task={props.task} rowsMax={props.rowsMax} />
      </div>
    </details>
  );
}

function Reads(props: { readonly task: Task; readonly rowsMax: number }): JSX.Element {
  const most = () => ({ max: count(props.rowsMax) });
  return (
    <details class="columns">
      <summary>{t(READS[props.task.kind])}</summary>
      <ul class="plain-list">
        <For each={columnLines(props.task)}>{(line) => <li>{line}</li>}</For>
      </ul>
      <p class="quiet">{props.task.kind === 'sequence' ? t('sequence.rows.max', most()) : t('data.rows.max', most())}</p>
    </details>
  );
}

function TableField(props: { readonly invalid: boolean; readonly busy: boolean; readonly onFile: (file: File) => void }): JSX.Element {
  return (
    <FileField
      label={t('data.file')}
      drop={t('data.drop')}
      accept={TABLE_FILES}
      multiple={false}
      busy={props.busy}
      problem={props.invalid ? 'data-problem' : undefined}
      onFiles={([file]) => file !== undefined && props.onFile(file)}
    />
  );
}

function SampleField(props: { readonly set: SampleSet; readonly busy: boolean; readonly onPart: (part: number) => void }): JSX.Element {
  const id = createUniqueId();
  return (
    <div class="sample" role="group" aria-labelledby={id}>
      <p class="sample-words">
        <strong id={id}>{t('data.sample')}</strong> <span class="quiet">{t('data.sample.text')}</span>
      </p>
      <div class="actions">
        <For each={SAMPLE_PARTS}>
          {(part) => (
            <button
              type="button"
              class="button"
              disabled={props.busy}
              aria-label={t('data.sample.use', { n: part })}
              onClick={() => props.onPart(part)}
            >
              {t('data.sample.part', { n: part })}
            </button>
          )}
        </For>
      </div>
    </div>
  );
}
