/**
 * Whether there is something to tell apart in what was loaded: a refusal where all has one class, a remark on classes that hardly occur.
 * Looks at counts alone; nothing is balanced or left out here.
 */
import { MeshError } from '#protocol/errors';
import type { ClassLabel } from '#protocol/task';
import type { Findings } from './findings.ts';

/** A class with fewer than this share, or than half of an equal share, is hardly learned. */
const CLASS_SHARE_MIN = 0.05;
const CLASSES_NAMED = 10;

/**
 * @param counts for each class, in the task's order @param things that were counted, in a word for errors
 * @throws MeshError one-class
 */
export function checkBalance(counts: readonly number[], things: string, { name, classes }: ClassLabel, findings: Findings): void {
  const present = classes.filter((_, label) => counts[label]! > 0);
  if (present.length === 1) {
    throw new MeshError('one-class', { field: name, expected: `${things} of at least two classes`, got: `only '${present[0]}'` });
  }
  const least = Math.min(CLASS_SHARE_MIN, 0.5 / classes.length) * counts.reduce((sum, count) => sum + count, 0);
  const rare = classes.flatMap((one, label) => (counts[label]! < least ? [`'${one}': ${counts[label]}`] : []));
  if (rare.length === 0) return;
  const got = rare.slice(0, CLASSES_NAMED).join(', ');
  findings.add({ code: 'imbalance', action: 'kept', column: name, count: rare.length, got }, null);
}
