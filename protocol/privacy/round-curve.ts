/**
 * The cost of many rounds with one setting, computed ahead by the loss distribution, so that budgets need not wait for it: a payment looks
 * up its number of rounds and finds a bound proven for at least as many. It takes about a second to make and belongs in its own thread;
 * until it is ready, the Renyi bound decides. All it needs to know about paid rounds is their number.
 */
import { MeshError } from '../errors.ts';
import { deltaLeft, noiseDistance } from './accountants.ts';
import type { PaidPhase } from './rdp.ts';
import { filteredEpsilon, isMixed } from './filter.ts';
import { largestThat } from './largest-that.ts';
import { RepeatedRound } from './pld.ts';
import { checkMechanism, epsilonOf } from './rdp.ts';

/** Up to this number, every round has its own point. */
const EACH_UP_TO = 128;
/** Beyond it, each point has this share more rounds than the one before. */
const STEP = 1 / 32;

export interface CurveTerms {
  readonly rate: number;
  readonly sigma: number;
  readonly delta: number;
  /** The largest update of these rounds, in numbers, and the coarsest grid. */
  readonly coordinates: number;
  readonly gridBits: number;
  /** Points go up to this epsilon. */
  readonly epsilon: number;
  /** Points go up to this number of rounds. */
  readonly roundsMax: number;
}

/** The rounds that may follow, and roughly how many. */
export type FutureRounds = Pick<CurveTerms, 'rate' | 'sigma' | 'coordinates' | 'gridBits'> & { readonly rounds: number };

/** Plain data. */
export interface RoundCurve extends CurveTerms {
  /**
   * Ascending numbers of rounds, each with an upper bound on the epsilon of that many rounds; the last is the most that `epsilon` pays for.
   */
  readonly points: readonly (readonly [rounds: number, epsilon: number])[];
}

const curves = new Map<string, RoundCurve>();
const CURVES_MAX = 16;

/** The latest ones are cached. @throws MeshError field-invalid */
export function roundCurve(terms: CurveTerms): RoundCurve {
  const { rate, sigma, delta, coordinates, gridBits, epsilon, roundsMax } = terms;
  const key = [rate, sigma, delta, coordinates, gridBits, epsilon, roundsMax].join('/');
  let curve = curves.get(key);
  if (curve === undefined) {
    if (curves.size >= CURVES_MAX) curves.delete(curves.keys().next().value!);
    curves.set(key, (curve = { ...terms, points: pointsOf(terms) }));
  }
  return curve;
}

interface Cost {
  /** Epsilon of that many rounds: the smaller of both bounds. */
  readonly of: (rounds: number) => number;
  /** The most rounds that it can be asked of. */
  readonly reach: number;
}

/** Null if the loss distribution does not count. */
function costOf(terms: CurveTerms): Cost | null {
  const { rate, sigma, delta, coordinates, gridBits, epsilon: limit, roundsMax } = terms;
  checkMechanism(rate, sigma);
  if (!Number.isSafeInteger(roundsMax) || roundsMax < 1) {
    throw new MeshError('field-invalid', { field: 'roundsMax', expected: 'a whole number from 1', got: String(roundsMax) });
  }
  if (!(limit > 0)) throw new MeshError('field-invalid', { field: 'epsilon', expected: 'above 0', got: String(limit) });
  const one = { rate, sigma, rounds: 1, coordinates, gridBits };
  if (rate === 0 || deltaLeft(delta, limit, noiseDistance([one])) === null) return null;
  const costBy = (repeated: RepeatedRound) => (rounds: number) => {
    const renyi = epsilonOf([{ rate, sigma, rounds }], delta).epsilon;
    const left = deltaLeft(delta, renyi, noiseDistance([{ ...one, rounds }]));
    return Math.min(renyi, left === null ? Infinity : repeated.epsilon(rounds, left));
  };
  const byRenyi = largestThat((rounds) => epsilonOf([{ rate, sigma, rounds }], delta).epsilon <= limit, roundsMax);
  // The grid must cover the number of rounds asked for, and gets coarser the more it covers.
  let reach = Math.min(roundsMax, 2 * Math.max(byRenyi, 1));
  let of = costBy(new RepeatedRound({ rate, sigma }, delta, reach));
  while (reach < roundsMax && of(reach) <= limit) {
    reach = Math.min(roundsMax, 2 * reach);
    of = costBy(new RepeatedRound({ rate, sigma }, delta, reach));
  }
  return { of, reach };
}

function pointsOf(terms: CurveTerms): (readonly [number, number])[] {
  const cost = costOf(terms);
  if (cost === null) return [];
  const most = largestThat((rounds) => cost.of(rounds) <= terms.epsilon, cost.reach);
  const points: (readonly [number, number])[] = [];
  let above = 0; // more rounds never cost less, despite rounding in the last digits
  for (let rounds = 1; rounds <= most; rounds = rounds === most ? most + 1 : Math.min(most, nextAfter(rounds))) {
    points.push([rounds, (above = Math.max(above, cost.of(rounds)))]);
  }
  return points;
}

/**
 * What a device will bill for all rounds of a federation if its rows have paid for nothing else: the curve's figure for these terms, at a
 * fraction of the curve's cost.
 * @param next as curveTermsOf takes it @throws MeshError field-invalid
 */
export function epsilonOfRounds(next: FutureRounds, delta: number, epsilon: number): number {
  const terms = curveTermsOf([], next, delta, epsilon);
  const cost = terms === null ? null : costOf(terms);
  let charged = Math.min(next.rounds, EACH_UP_TO);
  while (charged < next.rounds) charged = nextAfter(charged);
  const renyi = epsilonOf([next], delta).epsilon;
  return cost === null || charged > cost.reach ? renyi : Math.min(renyi, cost.of(charged));
}

const nextAfter = (rounds: number) => (rounds < EACH_UP_TO ? rounds + 1 : Math.ceil(rounds * (1 + STEP)));

/**
 * Epsilon of a bill: the figure that is shown and that decides what may still be paid for. The smallest over the accountants available so
 * far.
 * @param curve null until there is one @throws MeshError field-invalid
 */
export function billedEpsilon(bill: readonly PaidPhase[], delta: number, curve: RoundCurve | null): number {
  const renyi = filteredEpsilon(bill, delta).epsilon;
  return curve === null || isMixed(bill) ? renyi : Math.min(renyi, looked(curve, bill, delta));
}

/** Infinity for a bill that the curve does not cover. */
function looked(curve: RoundCurve, bill: readonly PaidPhase[], delta: number): number {
  let total = 0;
  for (const { rate, sigma, rounds, coordinates, gridBits } of bill) {
    if (rounds === 0 || rate === 0) continue;
    if (rate !== curve.rate || sigma !== curve.sigma || coordinates === undefined || gridBits === undefined) return Infinity;
    if (coordinates > curve.coordinates || gridBits < curve.gridBits) return Infinity;
    total += rounds;
  }
  if (delta < curve.delta) return Infinity;
  if (total === 0) return 0;
  return curve.points.find(([rounds]) => rounds >= total)?.[1] ?? Infinity;
}

/**
 * How many further rounds of a mechanism a limit pays for, by the same figure; 0 if the next one would exceed it.
 * @throws MeshError field-invalid
 */
export function roundsWithin(
  limit: number,
  delta: number,
  {
    bill,
    next,
    curve,
    roundsMax,
  }: { bill: readonly PaidPhase[]; next: Omit<PaidPhase, 'rounds'>; curve: RoundCurve | null; roundsMax: number },
): number {
  return largestThat((rounds) => billedEpsilon([...bill, { ...next, rounds }], delta, curve) <= limit, roundsMax);
}

/**
 * The terms of a curve for a bill and its next rounds; null if no curve would count.
 * @param next the rounds that may follow, about `rounds` of them
 */
export function curveTermsOf(bill: readonly PaidPhase[], next: FutureRounds, delta: number, epsilon: number): CurveTerms | null {
  let { rounds, coordinates, gridBits } = next;
  if (isMixed([...bill, next])) return null;
  for (const paid of bill) {
    if (paid.rounds === 0 || paid.rate === 0) continue;
    if (paid.coordinates === undefined || paid.gridBits === undefined) return null;
    rounds += paid.rounds;
    coordinates = Math.max(coordinates, paid.coordinates);
    gridBits = Math.min(gridBits, paid.gridBits);
  }
  // Grow far and in few steps: each reach gives different last digits, and a bill must not look smaller after a reload.
  const roundsMax = 2 ** Math.ceil(Math.log2(4 * rounds));
  return { rate: next.rate, sigma: next.sigma, delta, coordinates, gridBits, epsilon, roundsMax };
}
