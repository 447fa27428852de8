/**
 * How much noise a guarantee needs, and how many rounds a guarantee pays for. Both answers are searched on a grid of candidates
 * with the accountant itself, and only a candidate that the accountant accepted is returned: neither ever overshoots.
 */
import { MeshError } from '../errors.ts';
import { checkMechanism, epsilonOf, type Phase } from './rdp.ts';

/** Sigmas are whole multiples of 1 / SIGMA_STEPS. */
const SIGMA_STEPS = 10_000;
/** The largest sigma that a manifest may name. */
const SIGMA_MAX = 1000;
/** No answer of `roundsFor` is larger. */
export const ROUNDS_MAX = 1_000_000_000;

export interface CalibrationGoal {
  readonly epsilon: number;
  readonly delta: number;
  /** q, the Poisson sampling rate, above 0. */
  readonly rate: number;
  /** T, at least 1. */
  readonly rounds: number;
}

/**
 * The smallest sigma (in steps of 1e-4) with epsilon(T rounds at rate q) <= epsilon at delta.
 * @throws MeshError field-invalid for a goal that is out of range or needs more than sigma 1000
 */
export function calibrateSigma({ epsilon, delta, rate, rounds }: CalibrationGoal): number {
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

export interface RoundsGoal {
  readonly epsilon: number;
  readonly delta: number;
  readonly rate: number;
  readonly sigma: number;
  /** What the same rows have paid for already, in any federation. */
  readonly spent?: readonly Phase[];
}

/**
 * The largest number of further rounds with epsilon(spent and these) <= epsilon at delta; 0 when the next one would cross it.
 * @throws MeshError field-invalid
 */
export function roundsFor({ epsilon, delta, rate, sigma, spent = [] }: RoundsGoal): number {
  checkGoal(epsilon, delta);
  checkMechanism(rate, sigma);
  return largestThat((rounds) => epsilonOf([...spent, { rate, sigma, rounds }], delta).epsilon <= epsilon, ROUNDS_MAX);
}

/** The largest whole number from 1 to `most` that `holds`, which holds for every smaller one too; 0 for none. */
export function largestThat(holds: (n: number) => boolean, most: number): number {
  if (most < 1 || !holds(1)) return 0;
  let low = 1;
  let high = Math.min(2, most);
  while (holds(high)) {
    if (high >= most) return most;
    low = high;
    high = Math.min(high * 2, most);
  }
  while (high - low > 1) {
    const middle = Math.floor((low + high) / 2);
    if (holds(middle)) low = middle;
    else high = middle;
  }
  return low;
}

function checkGoal(epsilon: number, delta: number): void {
  if (!(epsilon > 0 && epsilon < Infinity)) {
    throw new MeshError('field-invalid', { field: 'epsilon', expected: 'a finite number above 0', got: String(epsilon) });
  }
  if (!(delta > 0 && delta < 1)) throw new MeshError('field-invalid', { field: 'delta', expected: 'between 0 and 1', got: String(delta) });
}
