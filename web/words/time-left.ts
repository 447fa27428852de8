/** How long the rest of a budget lasts: rounds left, times the middle one of the gaps between rounds that were decided here. */
import type { RoundLine, Snapshot } from '#workers/api';

/** Below it a gap says more about the start than about the pace. */
const ROUNDS_MIN = 3;

/** Milliseconds between two decided rounds, the median of those that follow each other; null while too few are known. */
export function roundGap(rounds: readonly RoundLine[]): number | null {
  const gaps = rounds
    .flatMap((line, i) => (rounds[i - 1]?.round === line.round - 1 ? [line.decidedAt - rounds[i - 1]!.decidedAt] : []))
    .toSorted((a, b) => a - b);
  if (gaps.length < ROUNDS_MIN - 1) return null;
  return (gaps[Math.floor((gaps.length - 1) / 2)]! + gaps[Math.ceil((gaps.length - 1) / 2)]!) / 2;
}

/** Milliseconds until the budget ends at the pace so far; null while that is not known. */
export function timeLeft({ rounds, budget }: Pick<Snapshot, 'rounds' | 'budget'>): number | null {
  const gap = roundGap(rounds);
  return gap === null ? null : gap * budget.roundsLeft;
}
