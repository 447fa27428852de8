/**
 * The result, large: the share of public rows that the newest model gets right, or how far it is off, beside guessing and each alone, with
 * its history as a curve.
 */
import { createMemo, ErrorBoundary, Show, Suspense, type JSX } from 'solid-js';
import type { Score } from '#workers/api';
import { t } from '../../i18n/t.ts';
import { percent, quantity } from '../../words/format.ts';
import { goodness } from '../../ui/goodness.ts';
import '../../styles/train.css';
import { goodnessCurve } from './curve.ts';
import { CurvePlot } from './curves.tsx';

/** Minimum number of rounds on the scale. */
const SCALE_MIN = 20;

export interface ResultProps {
  readonly scores: readonly Score[];
  /** Share correct when always predicting the most frequent answer, or the error of always predicting the median. */
  readonly guessing: number | null;
  /** The best model of one device alone, without privacy; null while unknown. */
  readonly alone: number | null;
  /** Its label: "you alone", "the best alone". */
  readonly aloneName: string;
  /** Name of the answer, for the unit of errors. */
  readonly answer: string;
  /** All rounds: the end of the curve's scale. */
  readonly rounds: number;
  /** Shown instead of a number while there is none, with its subject in place of the curve. */
  readonly waiting: { readonly figure: string; readonly text: string; readonly about?: string };
}

/** Of the newest model. The first state has learnt nothing: it starts the curve but is not a result. */
export const newestScore = (scores: readonly Score[]): Score | null =>
  scores.reduce<Score | null>((last, one) => (one.round > (last?.round ?? 0) ? one : last), null);

/** A latecomer has the first state and then recent models: a line between them would show rounds that it did not see. */
const withoutLeap = (scores: readonly Score[]): readonly Score[] =>
  scores.some(({ round }) => round === 1) ? scores : scores.filter(({ round }) => round > 0);

export function Result(props: ResultProps): JSX.Element {
  const newest = createMemo(() => newestScore(props.scores));
  const baselines = createMemo(() =>
    [
      { name: t('stage.guessing'), value: props.guessing },
      { name: props.aloneName, value: props.alone },
    ].flatMap(({ name, value }) => (value === null ? [] : [{ name, value }])),
  );
  const rival = ({ name, value }: { readonly name: string; readonly value: number }) =>
    'error' in newest()! ? t('stage.rival.off', { name, figure: quantity(value) }) : t('stage.rival', { name, figure: percent(value) });
  /** The curve fills at least half of the width; the scale grows with a long project. */
  const ahead = () => Math.min(props.rounds, Math.max(SCALE_MIN, 2 * (newest()?.round ?? 0)));
  // Snapshots come four times a second, models do not.
  const curve = createMemo(() => goodnessCurve({ scores: withoutLeap(props.scores) }), undefined, {
    equals: (a, b) => a.points.length === b.points.length && a.points.at(-1)?.round === b.points.at(-1)?.round,
  });
  return (
    <section class="result" aria-label={t('stage.result')}>
      <Show
        when={newest()}
        fallback={
          <p class="result-line">
            <span class="number">{props.waiting.figure}</span> <span class="result-unit">{props.waiting.text}</span>
          </p>
        }
      >
        {(score) => (
          <p class="result-line">
            <span class="number">{goodness(score())}</span>{' '}
            <span class="result-unit">{'error' in score() ? t('stage.off', { name: props.answer }) : t('stage.correct')}</span>
          </p>
        )}
      </Show>
      <p class="quiet result-rivals">{(newest() === null ? [] : baselines()).map(rival).join(' · ')}</p>
      <Show when={curve().points.length > 1} fallback={<p class="lead result-about">{props.waiting.about}</p>}>
        <div class="result-curve" role="img" aria-label={curve().summary}>
          {/* Without the drawing, the numbers still say everything. */}
          <ErrorBoundary fallback={<></>}>
            <Suspense fallback={<></>}>
              <CurvePlot curve={curve()} baselines={baselines()} until={ahead()} />
            </Suspense>
          </ErrorBoundary>
        </div>
      </Show>
    </section>
  );
}
