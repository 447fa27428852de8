/** How long the rest of a budget lasts: rounds left times the median gap between rounds decided while this tab watched. */
import type { RoundLine, Snapshot } from '#workers/api';

/** With fewer rounds, the gaps would reflect the start rather than the pace. */
const ROUNDS_MIN = 3;

/** Median milliseconds between consecutive decided rounds; null while too few are known. */
export function roundGap(rounds: readonly RoundLine[]): number | null {
  const gaps = rounds
    .flatMap((line, i) => (rounds[i - 1]?.round === line.round - 1 ? [line.decidedAt - rounds[i - 1]!.decidedAt] : []))
    .toSorted((a, b) => a - b);
  if (gaps.length < ROUNDS_MIN - 1) return null;
  return (gaps[Math.floor((gaps.length - 1) / 2)]! + gaps[Math.ceil((gaps.length - 1) / 2)]!) / 2;
}

/** Milliseconds until the budget ends at the pace so far; null while unknown. */
export function timeLeft({ rounds, budget }: Pick<Snapshot, 'rounds' | 'budget'>): number | null {
  const gap = roundGap(rounds);
  return gap === null ? null : gap * budget.roundsLeft;
}
