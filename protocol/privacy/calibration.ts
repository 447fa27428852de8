/**
 * How much noise a guarantee needs. The search tries candidates on a grid with the accountant itself and returns only one that the
 * accountant accepted, so it never overshoots.
 */
import { MeshError } from '../errors.ts';
import { epsilonOf } from './rdp.ts';
import { epsilonOfRounds } from './round-curve.ts';

/** Sigmas are whole multiples of 1 / SIGMA_STEPS. */
const SIGMA_STEPS = 10_000;
/** The largest sigma that a manifest may name. */
const SIGMA_MAX = 1000;

export interface CalibrationGoal {
  readonly epsilon: number;
  readonly delta: number;
  /** q, the Poisson sampling rate, above 0. */
  readonly rate: number;
  /** T, at least 1. */
  readonly rounds: number;
}

/** What the noise is added to; the loss distribution needs it. */
export interface GridGoal extends CalibrationGoal {
  /** d, the numbers of one update. */
  readonly coordinates: number;
  readonly gridBits: number;
}

/** Slack left in epsilon, so that an engine whose last digits differ can pay for the same number of rounds. */
const SPARE = 1e-6;
/** The search stops once it is this close to the least noise. */
const CLOSE = 2e-5;
/** More than any goal took. */
const TRIES = 12;
/** How much the price falls between two tries; anything else is noise in the last digits of two close values. */
const [POWER_MIN, POWER_MAX] = [0.5, 3];
const KEPT_MAX = 64;
const kept = new Map<string, number>();

/**
 * The least noise, to within a few 1e-4 of sigma, at which a device bills at most epsilon for T rounds, by the smaller of the Renyi bound
 * and the loss distribution, as in round-curve.ts. Takes about a tenth of a second; the latest answers are cached.
 * @throws MeshError field-invalid for a goal that is out of range or needs more than sigma 1000
 */
export function calibrateSigma(goal: GridGoal): number {
  const { epsilon, delta, rate, rounds, coordinates, gridBits } = goal;
  const key = [epsilon, delta, rate, rounds, coordinates, gridBits].join('/');
  let sigma = kept.get(key);
  if (sigma === undefined) {
    if (kept.size >= KEPT_MAX) kept.delete(kept.keys().next().value!);
    kept.set(key, (sigma = leastSigma(goal)));
  }
  return sigma;
}

function leastSigma(goal: GridGoal): number {
  const { epsilon, delta, rate, rounds, coordinates, gridBits } = goal;
  const limit = epsilon * (1 - SPARE);
  const aim = limit * (1 - CLOSE / 2);
  let held = sigmaByRenyi(goal) * SIGMA_STEPS;
  let failed = 0;
  let tried = held;
  let last: { readonly tried: number; readonly cost: number } | null = null;
  // The price falls as a power of the noise: the first power for a small epsilon, nearly the second for a large one.
  let power = 1;
  for (let i = 0; i < TRIES && held - failed > 1; i++) {
    const cost = epsilonOfRounds({ rate, sigma: tried / SIGMA_STEPS, rounds, coordinates, gridBits }, delta, epsilon);
    if (cost <= limit) held = tried;
    else failed = tried;
    if (cost <= limit && cost > limit * (1 - CLOSE)) break;
    const found = last === null ? NaN : Math.log(cost / last.cost) / Math.log(last.tried / tried);
    if (found >= POWER_MIN && found <= POWER_MAX) power = found;
    last = { tried, cost };
    const next = Math.ceil(tried * (cost / aim) ** (1 / power));
    tried = next > failed && next < held ? next : Math.floor((Math.max(failed, held / 2) + held) / 2);
  }
  return held / SIGMA_STEPS;
}

/**
 * The smallest sigma (in steps of 1e-4) with epsilon(T rounds at rate q) <= epsilon at delta by the Renyi bound alone: enough noise,
 * whatever it is added to.
 * @throws MeshError field-invalid for a goal that is out of range or needs more than sigma 1000
 */
export function sigmaByRenyi({ epsilon, delta, rate, rounds }: CalibrationGoal): number {
  checkGoal(epsilon, delta);
  if (!(rate > 0 && rate <= 1)) throw new MeshError('field-invalid', { field: 'rate', expected: 'above 0, at most 1', got: String(rate) });
  if (!Number.isSafeInteger(rounds) || rounds < 1) {
    throw new MeshError('field-invalid', { field: 'rounds', expected: 'a whole number of at least 1', got: String(rounds) });
  }
  const holds = (steps: number) => epsilonOf([{ rate, sigma: steps / SIGMA_STEPS, rounds }], delta).epsilon <= epsilon;
  let low = 0; // never holds: no noise
  let high = SIGMA_STEPS;
  while (!holds(high)) {
    if (high >= SIGMA_MAX * SIGMA_STEPS) {
      throw new MeshError('field-invalid', { field: 'epsilon', expected: `a goal that sigma ${SIGMA_MAX} reaches`, got: String(epsilon) });
    }
    low = high;
    high = Math.min(high * 2, SIGMA_MAX * SIGMA_STEPS);
  }
  while (high - low > 1) {
    const middle = Math.floor((low + high) / 2);
    if (holds(middle)) high = middle;
    else low = middle;
  }
  return high / SIGMA_STEPS;
}

function checkGoal(epsilon: number, delta: number): void {
  if (!(epsilon > 0 && epsilon < Infinity)) {
    throw new MeshError('field-invalid', { field: 'epsilon', expected: 'a finite number above 0', got: String(epsilon) });
  }
  if (!(delta > 0 && delta < 1)) throw new MeshError('field-invalid', { field: 'delta', expected: 'between 0 and 1', got: String(delta) });
}
