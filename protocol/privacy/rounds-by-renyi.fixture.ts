/** How many rounds a guarantee pays for by the Renyi bound alone: what other counts are held against. */
import { largestThat } from './largest-that.ts';
import { epsilonOf, type DpPhase } from './rdp.ts';

/** No answer is larger. */
export const ROUNDS_MAX = 1_000_000_000;

interface RoundsGoal {
  readonly epsilon: number;
  readonly delta: number;
  readonly rate: number;
  readonly sigma: number;
  /** What the same rows have paid for already, in any federation. */
  readonly spent?: readonly DpPhase[];
}

/**
 * The largest number of further rounds with epsilon(spent and these) <= epsilon at delta by the Renyi bound alone; 0 when the next one
 * would cross it. What a device promises is counted by roundsWithin (round-curve.ts), never below this.
 */
export function roundsByRenyi({ epsilon, delta, rate, sigma, spent = [] }: RoundsGoal): number {
  return largestThat((rounds) => epsilonOf([...spent, { rate, sigma, rounds }], delta).epsilon <= epsilon, ROUNDS_MAX);
}
