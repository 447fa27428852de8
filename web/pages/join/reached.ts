/**
 * What a federation's own record shows for the number of rounds that a budget buys: the public test score of a model that the federation
 * really had. Not a forecast: nothing is fitted, and nothing is shown beyond what was reached.
 */
import type { Score } from '#workers/api';

export interface Reached {
  readonly score: Score;
  /** earlier: the federation has trained on since. newest: this is its newest model. beyond: every known model took more rounds. */
  readonly stage: 'earlier' | 'newest' | 'beyond';
}

/** @param rounds that the budget buys. @returns null if no model was scored yet or the budget buys nothing */
export function reachedWith(scores: readonly Score[], rounds: number): Reached | null {
  if (rounds < 1) return null;
  const sorted = scores.toSorted((a, b) => a.round - b.round);
  const within = sorted.findLast(({ round }) => round <= rounds);
  // Before the first round, a model only guesses.
  if (within !== undefined && within.round > 0) return { score: within, stage: within === sorted.at(-1) ? 'newest' : 'earlier' };
  const first = sorted.find(({ round }) => round > rounds);
  return first === undefined ? null : { score: sorted.at(-1)!, stage: 'beyond' };
}
