/**
 * How the loaded rows are distributed over the classes: one remark if all have the same class, another on rare classes. A single class is
 * fine, because other members bring the rest. Only counts are read; no row is refused, rebalanced or left out here.
 */
import type { ClassLabel } from '#protocol/manifest/task';
import type { Findings } from '../cells/findings.ts';

/** A class below this share, or below half an equal share if that is smaller, is hardly learned. */
const CLASS_SHARE_MIN = 0.05;
const CLASSES_NAMED = 10;

/** @param counts rows per class, in the task's order */
export function noteBalance(counts: readonly number[], { name, classes }: ClassLabel, findings: Findings): void {
  const present = classes.filter((_, label) => counts[label]! > 0);
  if (present.length === 1) return findings.add({ code: 'one-class', action: 'kept', column: name, got: present[0]! }, null);
  const least = Math.min(CLASS_SHARE_MIN, 0.5 / classes.length) * counts.reduce((sum, count) => sum + count, 0);
  const rare = classes.flatMap((one, label) => (counts[label]! < least ? [`'${one}': ${counts[label]}`] : []));
  if (rare.length === 0) return;
  const got = rare.slice(0, CLASSES_NAMED).join(', ');
  findings.add({ code: 'imbalance', action: 'kept', column: name, count: rare.length, got }, null);
}
