/** Step 1: a file, by choosing or dropping, pictures, drawings, recordings, or the sample. The worker reads it; this page shows the report. */
import { createResource, createSignal, Show, type JSX } from 'solid-js';
import type { DataReport, PageSource } from '#workers/api';
import { t } from '../../i18n/t.ts';
import type { OpenFederation } from '../../state/federation.ts';
import { failed, type Shown } from '../../state/problem.ts';
import { sampleFor } from '../../state/samples.ts';
import { count } from '../../words/format.ts';
import { ProblemNotice } from '../../ui/problem-notice.tsx';
import { ReadingMeter } from '../../ui/reading-meter.tsx';
import { Step } from '../../ui/step.tsx';
import { DataReportView } from './data-report.tsx';
import { HeldOutField } from './held-out-field.tsx';
import { pictureSourceName } from './picture-sources.tsx';
import { sequenceSourceName } from './sequence-sources.tsx';
import { Sources } from './sources.tsx';

export interface DataStepProps {
  readonly open: OpenFederation;
  readonly report: DataReport | null;
  /** Epsilon that these rows have already spent, in any federation; 0 if unknown. */
  readonly spent: number;
  readonly onReport: (report: DataReport | null) => void;
}

function nameOf(source: PageSource): string {
  if ('file' in source) return source.file.name;
  return 'sample' in source ? source.sample : (sequenceSourceName(source) ?? pictureSourceName(source) ?? '');
}

export function DataStep(props: DataStepProps): JSX.Element {
  const body = () => props.open.manifest.body;
  const [reading, setReading] = createSignal<string | null>(null);
  const [read, setRead] = createSignal(0);
  const [problem, setProblem] = createSignal<Shown | null>(null);
  let stopped = false;
  const [sample] = createResource(
    () => body().task,
    async (task) => {
      const set = task.kind === 'table' ? await sampleFor(task) : null;
      return set === 'unreachable' ? null : set; // the file input remains
    },
  );
  const [share, setShare] = createSignal(0);
  let last: PageSource | null = null;
  const [chosenPart, setPart] = createSignal(1);
  const load = async (source: PageSource, wanted = 1) => {
    if (reading() !== null) return; // the worker keeps only one file
    last = source;
    setPart(wanted);
    setReading(nameOf(source));
    setProblem(null);
    props.onReport(null);
    setRead(0);
    stopped = false;
    const answer = await props.open.calls.load(source, share(), wanted, (part) => (setRead(part), !stopped)).catch(failed);
    setReading(null);
    if (answer.ok) props.onReport(answer.value);
    else if (!stopped) setProblem(answer.error);
  };
  const again = () => void (last !== null && load(last, chosenPart()));
  let line: HTMLElement | undefined;
  return (
    <Step number={1} of={3} title={t('data.title')} waiting={null}>
      <div role="status">
        <Show when={reading()}>{(name) => <p class="quiet">{t('data.reading', { name: name() })}</p>}</Show>
        <Show when={props.report}>
          {(report) => <DataReportView report={report()} task={body().task} line={(element) => (line = element)} />}
        </Show>
      </div>
      <Show when={reading() !== null && read() > 0 && read() < 1}>
        <ReadingMeter label={t('data.reading', { name: reading() ?? '' })} share={read()} onStop={() => (stopped = true)} />
      </Show>
      <Show when={problem()}>
        {(shown) => <ProblemNotice problem={shown()} id="data-problem" {...(shown().code === 'unreachable' ? { retry: again } : {})} />}
      </Show>
      <PartOffer
        n={oneIn(problem(), chosenPart(), body().privacy.rowsMax)}
        recordings={body().task.kind === 'sequence'}
        busy={reading() !== null}
        onPart={(part) => last !== null && void load(last, part)}
      />
      <Sources
        task={body().task}
        rowsMax={body().privacy.rowsMax}
        calls={props.open.calls}
        sample={sample.latest ?? null}
        invalid={problem() !== null}
        busy={reading() !== null}
        folded={problem() !== null ? false : props.report !== null ? true : null}
        onFolded={() => line?.focus({ preventScroll: true })}
        onSource={(source) => void load(source)}
      />
      <HeldOutField
        share={share()}
        busy={reading() !== null}
        seen={props.spent > 0}
        onShare={(wanted) => {
          setShare(wanted);
          if (last !== null) void load(last, chosenPart()); // the rows on each side have changed
        }}
      />
    </Step>
  );
}

/** With too many rows, offer every n-th: n, chosen well below the bound because draws are random. Null for other problems. */
function oneIn(problem: Shown | null, part: number, rowsMax: number): number | null {
  const rows = problem?.code === 'rows-too-many' ? Number(problem.detail.got) : NaN;
  return rows > 0 ? Math.ceil((1.2 * rows) / part / rowsMax) : null;
}

interface PartOfferProps {
  /** Read one row in this many; null reads all. */
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
