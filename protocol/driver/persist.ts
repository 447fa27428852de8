/** What a batch of effects persists, as one write: a flush costs the same for one step and for several. */
import type { Effect } from '../round/effects.ts';

export interface Write {
  readonly puts: readonly { readonly key: string; readonly value: unknown }[];
  readonly deletes: readonly string[];
  /** Nothing that follows has to wait for it. */
  readonly lazy: boolean;
}

/**
 * All that a batch persists, to be written before any of its sends: a disk that is ahead of what was said is as good as messages that got
 * lost. The last word on a key counts.
 * @returns null when the batch persists nothing
 */
export function coalesce(batch: readonly Effect[]): Write | null {
  const last = new Map<string, { value: unknown } | null>();
  let lazy = true;
  for (const effect of batch) {
    if (effect.t !== 'persist') continue;
    lazy &&= effect.lazy === true;
    for (const { key, value } of effect.puts) last.set(key, { value });
    for (const key of effect.deletes) last.set(key, null);
  }
  if (last.size === 0) return null;
  const puts = [...last].flatMap(([key, put]) => (put === null ? [] : [{ key, value: put.value }]));
  const deletes = [...last].flatMap(([key, put]) => (put === null ? [key] : []));
  return { puts, deletes, lazy };
}
