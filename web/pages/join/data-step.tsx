/** Step 1: a file, by choosing or dropping, pictures, drawings, recordings, or the sample. The worker reads it; this shows what it turned out to be. */
import { createEffect, createResource, createSignal, createUniqueId, For, Show, type JSX } from 'solid-js';
import type { DataReport, PageSource } from '#workers/api';
import type { Task } from '#protocol/task';
import { t } from '../../i18n/t.ts';
import type { OpenFederation } from '../../state/federation.ts';
import { failed, UNREACHABLE, type Shown } from '../../state/problem.ts';
import { SAMPLE_PARTS, sampleFor, sampleName, type SampleSet } from '../../state/samples.ts';
import { FileField, TABLE_FILES } from '../../ui/file-field.tsx';
import { count } from '../../ui/format.ts';
import { ProblemNotice } from '../../ui/problem-notice.tsx';
import { Step } from '../../ui/step.tsx';
import { describeColumns } from './columns.ts';
import { DataReportView } from './data-report.tsx';
import { HeldOutField } from './held-out-field.tsx';
import { pictureLines, PictureSources, pictureSourceName } from './picture-sources.tsx';
import { recordingLines } from './recordings-field.tsx';
import { SequenceSources, sequenceSourceName } from './sequence-sources.tsx';

export interface DataStepProps {
  readonly open: OpenFederation;
  readonly report: DataReport | null;
  /** Epsilon that these rows have paid before, in any federation; 0 while nothing is known. */
  readonly spent: number;
  readonly onReport: (report: DataReport | null) => void;
}

function columnLines(task: Task): readonly string[] {
  if (task.kind === 'sequence') return recordingLines(task);
  return task.kind === 'table' ? describeColumns(task) : pictureLines(task);
}

const LEADS = { table: 'data.lead', image: 'images.lead', sequence: 'sequence.lead' } as const;
const READS = { table: 'data.columns', image: 'images.reads', sequence: 'sequence.reads' } as const;

function nameOf(source: PageSource): string {
  if ('file' in source) return source.file.name;
  return 'sample' in source ? source.sample : (sequenceSourceName(source) ?? pictureSourceName(source) ?? '');
}

/** A sample comes from the relay; where that says nothing at all, no file is to blame. */
function isSilent({ code, detail }: Shown): boolean {
  return code === 'not-found' && detail.field === 'sample' && detail.got === undefined;
}

export function DataStep(props: DataStepProps): JSX.Element {
  const body = () => props.open.manifest.body;
  const kind = () => body().task.kind;
  const sequence = () => {
    const { task } = body();
    return task.kind === 'sequence' ? task : null;
  };
  const [reading, setReading] = createSignal<string | null>(null);
  const [problem, setProblem] = createSignal<Shown | null>(null);
  const [sample] = createResource(
    () => body().task,
    (task) => (task.kind === 'table' ? sampleFor(task) : null),
  );
  const [share, setShare] = createSignal(0);
  let last: PageSource | null = null;
  const [chosenPart, setPart] = createSignal(1);
  const load = async (source: PageSource, wanted = 1) => {
    if (reading() !== null) return; // one file at a time: the worker keeps one
    last = source;
    setPart(wanted);
    setReading(nameOf(source));
    setProblem(null);
    props.onReport(null);
    const answer = await props.open.calls.load(source, share(), wanted).catch(failed);
    setReading(null);
    if (answer.ok) props.onReport(answer.value);
    else setProblem(isSilent(answer.error) ? UNREACHABLE : answer.error);
  };
  const again = () => void (last !== null && load(last, chosenPart()));
  let line: HTMLElement | undefined;
  let sources!: HTMLDetailsElement;
  const [folded, setFolded] = createSignal(false);
  // The fields fold away once something was read, and come back when a file is refused. Who was using one goes on at the result.
  createEffect(() => {
    if (problem() !== null) setFolded(false);
    else if (props.report !== null) setFolded(true);
    else return;
    const within = sources.contains(document.activeElement);
    sources.open = !folded();
    if (folded() && within) line?.focus({ preventScroll: true });
  });
  return (
    <Step number={1} of={3} title={t('data.title')} waiting={null}>
      <div role="status">
        <Show when={reading()}>{(name) => <p class="quiet">{t('data.reading', { name: name() })}</p>}</Show>
        <Show when={props.report}>
          {(report) => <DataReportView report={report()} task={body().task} line={(element) => (line = element)} />}
        </Show>
      </div>
      <Show when={problem()}>
        {(shown) => <ProblemNotice problem={shown()} id="data-problem" {...(shown() === UNREACHABLE ? { retry: again } : {})} />}
      </Show>
      <PartOffer
        n={oneIn(problem(), chosenPart(), body().privacy.rowsMax)}
        recordings={sequence() !== null}
        busy={reading() !== null}
        onPart={(part) => last !== null && void load(last, part)}
      />
      <details class="sources" ref={sources} open>
        <summary hidden={!folded()}>{t('data.again')}</summary>
        <p>{t(LEADS[kind()])}</p>
        <Show when={kind() === 'table'}>
          <TableField invalid={problem() !== null} busy={reading() !== null} onFile={(file) => void load({ file })} />
        </Show>
        <Show when={sequence()}>
          {(task) => (
            <SequenceSources
              task={task()}
              calls={props.open.calls}
              invalid={problem() !== null}
              busy={reading() !== null}
              onSource={(source) => void load(source)}
            />
          )}
        </Show>
        <Show when={sample.latest}>
          {(set) => <SampleField set={set()} busy={reading() !== null} onPart={(part) => void load({ sample: sampleName(set(), part) })} />}
        </Show>
        <div class="asides">
          <PictureSources
            task={body().task}
            rowsMax={body().privacy.rowsMax}
            invalid={problem() !== null}
            busy={reading() !== null}
            onSource={(source) => void load(source)}
          />
          <Reads task={body().task} rowsMax={body().privacy.rowsMax} />
        </div>
      </details>
      <HeldOutField
        share={share()}
        busy={reading() !== null}
        seen={props.spent > 0}
        onShare={(wanted) => {
          setShare(wanted);
          if (last !== null) void load(last, chosenPart()); // other rows lie on each side now
        }}
      />
    </Step>
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

/** Every how many-th row to offer where there are too many: well below the bound, since the draws are random. Null for another problem. */
function oneIn(problem: Shown | null, part: number, rowsMax: number): number | null {
  const rows = problem?.code === 'rows-too-many' ? Number(problem.detail.got) : NaN;
  return rows > 0 ? Math.ceil((1.2 * rows) / part / rowsMax) : null;
}

interface PartOfferProps {
  /** One in so many; null: nothing is too many. */
  readonly n: number | null;
  readonly recordings: boolean;
  readonly busy: boolean;
  readonly onPart: (part: number) => void;
}

function PartOffer(props: PartOfferProps): JSX.Element {
  return (
    <Show when={props.n}>
      {(n) => (
        <div class="actions">
          <button type="button" class="button" disabled={props.busy} onClick={() => props.onPart(1 / n())}>
            {props.recordings ? t('sequence.part', { n: count(n()) }) : t('doctor.part', { n: count(n()) })}
          </button>
          <span class="quiet">{props.recordings ? t('sequence.part.text') : t('doctor.part.text')}</span>
        </div>
      )}
    </Show>
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
