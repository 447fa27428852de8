/** What a participant brings, in a few letters: the answers that its rows have. Pure. */
import type { Snapshot } from '#workers/api';
import { few } from '../../words/format.ts';

/** Empty where it has rows of every kind, or none yet: only a difference is worth a word. */
export function bringsOf(snapshot: Snapshot | null, classes: readonly string[]): string {
  const counts = snapshot?.data?.classCounts;
  if (counts === undefined) return '';
  const known = classes.filter((_, i) => (counts[i] ?? 0) > 0);
  return known.length === classes.length ? '' : few(known);
}
