/** How good a model that tells classes apart is, for those who know that theirs does. */
import type { Goodness } from './api.ts';

/** @throws Error where answers are numbers */
export function accuracyOf(of: Goodness): number {
  if ('accuracy' in of) return of.accuracy;
  throw new Error('expected classes, got numbers');
}
