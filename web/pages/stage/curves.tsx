/** The course of the training: a curve for each figure, with a sentence and a table that say the same. */
import { createMemo, ErrorBoundary, Index, lazy, Show, Suspense, type JSX } from 'solid-js';
import type { Snapshot } from '#workers/api';
import { t } from '../../i18n/t.ts';
import { curvesOf, type Curve } from './curve.ts';
import { CurveTable } from './curve-table.tsx';

export const CurvePlot = lazy(async () => ({ default: (await loadPlot()).CurvePlot }));
/** A curve needs at least two points. */
const POINTS_MIN = 2;

export function Curves(props: { readonly snapshot: Snapshot }): JSX.Element {
  // Snapshots come four times a second, rounds do not.
  const seen = createMemo(
    () => ({
      rounds: props.snapshot.rounds,
      scores: props.snapshot.scores,
      budget: props.snapshot.budget,
      guessing: props.snapshot.guessing,
    }),
    undefined,
    { equals: (a, b) => marks(a) === marks(b) },
  );
  const curves = createMemo(() => curvesOf(seen()));
  return (
    <section class="curves" aria-labelledby="panel-curves">
      <h2 id="panel-curves">{t('train.curves')}</h2>
      <Show when={curves().length > 0} fallback={<p class="quiet">{t('train.curves.none')}</p>}>
        <div class="curve-grid">
          <Index each={curves()}>{(curve) => <Figure curve={curve()} guessing={seen().guessing} />}</Index>
        </div>
      </Show>
    </section>
  );
}

const marks = ({ rounds, scores, budget, guessing }: Pick<Snapshot, 'rounds' | 'scores' | 'budget' | 'guessing'>) =>
  [rounds.length, rounds.at(-1)?.round, scores.length, scores.at(-1)?.round, budget.epsilon, guessing].join(' ');

function Figure(props: { readonly curve: Curve; readonly guessing: number | null }): JSX.Element {
  const judges = () => props.curve.name === 'accuracy' || props.curve.name === 'error';
  const baselines = () => (judges() && props.guessing !== null ? [{ name: t('stage.guessing'), value: props.guessing }] : []);
  return (
    <section class="curve" aria-labelledby={`curve-${props.curve.name}`} data-curve={props.curve.name}>
      <h3 id={`curve-${props.curve.name}`}>{t(`train.curve.${props.curve.name}`)}</h3>
      <p class="quiet">{props.curve.summary}</p>
      <Show when={props.curve.points.length >= POINTS_MIN}>
        {/* Without the drawing, the sentence and the table still say everything. */}
        <ErrorBoundary fallback={<></>}>
          <Suspense fallback={<div class="curve-plot" />}>
            <CurvePlot curve={props.curve} baselines={baselines()} />
          </Suspense>
        </ErrorBoundary>
      </Show>
      <CurveTable curve={props.curve} />
    </section>
  );
}

/**
 * uPlot formats a number in the browser's language while it loads. If that is no valid language tag (BCP 47), as with a POSIX locale, it
 * throws, so the language is English for that moment.
 */
async function loadPlot(): Promise<typeof import('./curve-plot.tsx')> {
  const strange = !isLanguageTag(navigator.language);
  if (strange) Object.defineProperty(navigator, 'language', { value: 'en', configurable: true });
  try {
    return await import('./curve-plot.tsx');
  } finally {
    if (strange) Reflect.deleteProperty(navigator, 'language');
  }
}

function isLanguageTag(name: string): boolean {
  try {
    return Intl.getCanonicalLocales(name).length > 0;
  } catch {
    return false;
  }
}
