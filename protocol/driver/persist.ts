/** Everything that a batch of effects persists, as one write: a flush costs the same for one step as for several. */
import type { Effect } from '../round/effects.ts';
import type { Batch, CellPut } from './ports.ts';

export interface Write extends Required<Batch> {
  /** Nothing that follows has to wait for it. */
  readonly lazy: boolean;
}

/**
 * Everything a batch persists, written before any of its sends: a disk ahead of what was sent is like lost messages. The last write to a
 * key counts.
 * @returns null when the batch persists nothing
 */
export function coalesce(batch: readonly Effect[]): Write | null {
  const persists = batch.filter((effect) => effect.t === 'persist');
  if (persists.length === 0) return null;
  const last = new Map<string, CellPut | null>();
  for (const { puts, deletes } of persists) {
    for (const put of puts) last.set(put.key, put);
    for (const key of deletes) last.set(key, null);
  }
  return {
    puts: [...last.values()].filter((put) => put !== null),
    deletes: [...last].flatMap(([key, put]) => (put === null ? [key] : [])),
    append: persists.flatMap(({ append = [] }) => append),
    blobs: persists.flatMap(({ blobs = [] }) => blobs),
    lazy: persists.every(({ lazy }) => lazy === true),
  };
}
