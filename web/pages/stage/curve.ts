/** The four curves of a training, as points and as words. Pure: curve-plot.tsx draws them, curve-table.tsx lists them. */
import type { Snapshot } from '#workers/api';
import { plural, t } from '../../i18n/t.ts';
import { accuracy, count, loss, quantity } from '../../words/format.ts';
import { figureOf } from '../../ui/goodness.ts';

export interface CurvePoint {
  readonly round: number;
  readonly value: number;
}

export interface Curve {
  readonly name: 'accuracy' | 'error' | 'loss' | 'spent' | 'people';
  /** By round, ascending. */
  readonly points: readonly CurvePoint[];
  /** Top of the scale; null: the largest value. The bottom is 0. */
  readonly top: number | null;
  /** Colour token, and lengths of dashes and gaps in pixels, so that curves also differ without colour. */
  readonly token: '--accent' | '--ink' | '--spent' | '--ink-quiet';
  readonly dash: readonly number[];
  /** Draws a value that holds from one round to the next in steps. */
  readonly stepped: boolean;
  readonly format: (value: number) => string;
  /** The whole curve in a sentence. */
  readonly summary: string;
}

type Seen = Pick<Snapshot, 'rounds' | 'scores' | 'budget'>;

/** Curves with data: accuracy needs a test set, budget needs taking part. */
export function curvesOf(seen: Seen): readonly Curve[] {
  return [goodnessCurve(seen), lossCurve(seen), spentCurve(seen), peopleCurve(seen)].filter(({ points }) => points.length > 0);
}

const byRound = (points: readonly CurvePoint[]) => points.toSorted((a, b) => a.round - b.round);

/** Share of public rows that the models got right, or how far they were off, by round. */
export function goodnessCurve({ scores }: Pick<Seen, 'scores'>): Curve {
  const points = byRound(scores.map((score) => ({ round: score.round, value: figureOf(score) })));
  if (scores[0] !== undefined && 'error' in scores[0]) return falling('error', points, quantity, { token: '--accent', dash: [] });
  const best = points.reduce((top, point) => (point.value > top.value ? point : top), points[0]!);
  const summary = points.length === 0 ? '' : fromTo(points, accuracy, t('train.curve.best', at(best, accuracy)));
  return { name: 'accuracy', points, top: 1, token: '--accent', dash: [], stepped: false, format: accuracy, summary };
}

function lossCurve({ scores }: Seen): Curve {
  const points = byRound(scores.map(({ round, loss: value }) => ({ round, value })));
  return falling('loss', points, loss, { token: '--ink', dash: [7, 4] });
}

/** Lower is better. */
function falling(name: Curve['name'], points: readonly CurvePoint[], format: Curve['format'], look: Pick<Curve, 'token' | 'dash'>): Curve {
  const least = points.reduce((low, point) => (point.value < low.value ? point : low), points[0]!);
  const summary = points.length === 0 ? '' : fromTo(points, format, t('train.curve.least', at(least, format)));
  return { name, points, top: null, ...look, stepped: false, format, summary };
}

function spentCurve({ rounds, budget }: Seen): Curve {
  const points = byRound(rounds.flatMap(({ round, spentAfter }) => (spentAfter === null ? [] : [{ round, value: spentAfter }])));
  const last = points.at(-1);
  const summary = last === undefined ? '' : t('train.curve.spent.summary', { ...at(last, quantity), budget: quantity(budget.epsilon) });
  return { name: 'spent', points, top: budget.epsilon, token: '--spent', dash: [2, 3], stepped: true, format: quantity, summary };
}

function peopleCurve({ rounds }: Seen): Curve {
  const points = byRound(rounds.map(({ round, contributors }) => ({ round, value: contributors })));
  const values = points.map(({ value }) => value);
  const last = points.at(-1);
  const [least, most] = [count(Math.min(...values)), count(Math.max(...values))];
  const range = least === most ? t('train.curve.people.same') : t('train.curve.people.range', { least, most });
  const summary = last === undefined ? '' : plural('train.curve.people.summary', last.value, { round: count(last.round), range });
  return { name: 'people', points, top: null, token: '--ink-quiet', dash: [10, 3, 2, 3], stepped: true, format: count, summary };
}

const at = ({ round, value }: CurvePoint, format: (value: number) => string) => ({ round: count(round), value: format(value) });

function fromTo(points: readonly CurvePoint[], format: (value: number) => string, more: string): string {
  const [first, last] = [at(points[0]!, format), at(points.at(-1)!, format)];
  if (points.length === 1) return t('train.curve.single', first);
  return `${t('train.curve.from-to', { first: first.value, firstRound: first.round, last: last.value, lastRound: last.round })} ${more}`;
}
