/**
 * What many rounds of one setting cost, worked out beforehand by the loss distribution, so that a budget is counted by it without waiting:
 * whoever pays for a round looks up a number of rounds and finds a bound that was proven for at least as many. It takes about a second to
 * make and belongs into a thread of its own; until it is there the Renyi bound decides. It needs to know nothing of the rounds that
 * were paid for but how many they are.
 */
import { MeshError } from '../errors.ts';
import { deltaLeft, noiseDistance } from './accountants.ts';
import type { PaidPhase } from './rdp.ts';
import { filteredEpsilon, isMixed } from './filter.ts';
import { largestThat } from './largest-that.ts';
import { RepeatedRound } from './pld.ts';
import { checkMechanism, epsilonOf } from './rdp.ts';

/** Rounds of which each one has its own point. */
const EACH_UP_TO = 128;
/** Beyond: the share that each point has more rounds than the one before. */
const STEP = 1 / 32;

export interface CurveTerms {
  readonly rate: number;
  readonly sigma: number;
  readonly delta: number;
  /** The most numbers that an update of these rounds has, and the coarsest grid. */
  readonly coordinates: number;
  readonly gridBits: number;
  /** Points are made up to this limit. */
  readonly epsilon: number;
  /** And at most up to this number of rounds. */
  readonly roundsMax: number;
}

/** The rounds that may follow, about so many. */
export type FutureRounds = Pick<CurveTerms, 'rate' | 'sigma' | 'coordinates' | 'gridBits'> & { readonly rounds: number };

/** Plain data. */
export interface RoundCurve extends CurveTerms {
  /** Rounds, rising, and an epsilon that so many rounds or fewer cost at most; the last is the most that `epsilon` pays for. */
  readonly points: readonly (readonly [rounds: number, epsilon: number])[];
}

const curves = new Map<string, RoundCurve>();
const CURVES_MAX = 16;

/** The last ones made are kept. @throws MeshError field-invalid */
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
  /** Epsilon of so many rounds: the smaller of both bounds. */
  readonly of: (rounds: number) => number;
  /** The most rounds that it can be asked of. */
  readonly reach: number;
}

/** Null where the loss distribution does not count. */
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
  // The grid must reach as far as is asked for and is coarser the further it reaches.
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
  let above = 0; // more rounds never cost less, whatever the last digits say
  for (let rounds = 1; rounds <= most; rounds = rounds === most ? most + 1 : Math.min(most, nextAfter(rounds))) {
    points.push([rounds, (above = Math.max(above, cost.of(rounds)))]);
  }
  return points;
}

/**
 * What a device will bill for all rounds of a federation whose rows have paid for nothing else: the number that a curve of these terms
 * has for them, at a small part of the curve's own work.
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
 * Epsilon of a bill: the number that is shown, and that decides what may still be paid for. The smallest over the accountants that are
 * known to hold by now.
 * @param curve null as long as there is none @throws MeshError field-invalid
 */
export function billedEpsilon(bill: readonly PaidPhase[], delta: number, curve: RoundCurve | null): number {
  const renyi = filteredEpsilon(bill, delta).epsilon;
  return curve === null || isMixed(bill) ? renyi : Math.min(renyi, looked(curve, bill, delta));
}

/** Infinity for a bill that the curve says nothing about. */
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
 * The most further rounds of a mechanism that a limit pays for, by the same number; 0 when the next one would cross it.
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
 * What a curve for a bill and its next rounds must be made for; null where no curve would count.
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
  // Far, and in few steps: with every other reach the last digits are others, and a bill must not look smaller after a reload.
  const roundsMax = 2 ** Math.ceil(Math.log2(4 * rounds));
  return { rate: next.rate, sigma: next.sigma, delta, coordinates, gridBits, epsilon, roundsMax };
}
