/** Deals a member's rows into parts to choose by. Units of privacy stay whole, so that nothing is judged on what it was trained on. */
import { shuffle, type RandomWords } from '#protocol/privacy/noise/random-words';
import type { TrainingRows } from '../training-rows.ts';

/** Rows to train on, and rows to judge by; no row is in both. */
export interface Fold {
  readonly train: Int32Array;
  readonly held: Int32Array;
}

/**
 * @param units of each row; absent if each row is its own
 * @param parts at least 2; each part is held out once or, with `once`, only the first
 * @returns none if a part would be empty
 */
export function foldsOf(rows: number, units: Int32Array | undefined, parts: number, once: boolean, words: RandomWords): Fold[] {
  const named = units ?? Int32Array.from({ length: rows }, (_, row) => row);
  const order = shuffle(Int32Array.from(new Set(named)), words);
  if (order.length < parts) return [];
  const partOf = new Map<number, number>();
  for (const [i, unit] of order.entries()) partOf.set(unit, i % parts);
  const all = Int32Array.from({ length: rows }, (_, row) => row);
  return Array.from({ length: once ? 1 : parts }, (_, part) => ({
    train: all.filter((row) => partOf.get(named[row]!) !== part),
    held: all.filter((row) => partOf.get(named[row]!) === part),
  }));
}

/** Units of all held-out rows, fold after fold. */
export function unitsHeld({ units }: Pick<TrainingRows, 'units'>, folds: readonly Fold[]): number[] {
  return folds.flatMap(({ held }) => Array.from(held, (row) => units?.[row] ?? row));
}
