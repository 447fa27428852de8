/**
 * Computes states in a thread of their own (states.worker.ts), so that the peer's thread can answer links. For pages only; elsewhere see
 * aggregateHere.
 */
import { inOwnBuffer } from '#protocol/codec';
import type { ManifestBody } from '#protocol/manifest/manifest';
import type { Aggregate, MadeState } from '#protocol/robust/rule';
import { threadCalls, type ThreadCalls } from '#signaling/thread-calls';
import type { Result } from '../api.ts';
import { unwrap } from '../answered.ts';

/** The calls of states.worker.ts. */
export interface StatesWorker {
  aggregate(manifest: ManifestBody, base: Uint8Array | null, vectors: readonly Uint8Array[]): Promise<Result<MadeState>>;
}

/** Starts the thread on first use. If it dies, calls in progress fail and the next call starts another. */
export function aggregateInThread(): Aggregate {
  let running: ThreadCalls<StatesWorker> | null = null;
  const start = () => {
    const worker = new Worker(new URL('../states.worker.ts', import.meta.url), { type: 'module', name: 'states' });
    const thread = threadCalls<StatesWorker>(worker, 'states', () => {
      worker.terminate();
      if (running === thread) running = null;
    });
    return thread;
  };
  return async (manifest, base, vectors) => {
    const { calls } = (running ??= start());
    return unwrap(await calls.aggregate(manifest, base && inOwnBuffer(base), vectors.map(inOwnBuffer)));
  };
}
