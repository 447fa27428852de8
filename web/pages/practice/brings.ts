/** A short label for a participant's data: the answers in its rows. Pure. */
import type { Snapshot } from '#workers/api';
import { few } from '../../words/format.ts';

/** Empty if it has rows of every kind, or none yet. */
export function bringsOf(snapshot: Snapshot | null, classes: readonly string[]): string {
  const counts = snapshot?.data?.classCounts;
  if (counts === undefined) return '';
  const known = classes.filter((_, i) => (counts[i] ?? 0) > 0);
  return known.length === classes.length ? '' : few(known);
}
