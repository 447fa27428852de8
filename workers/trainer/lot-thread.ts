/** Starts threads that share the trainer's lots (lot.worker.ts), if the page can have them. */
import { onBreak } from '#signaling/thread-calls';
import type { StartLotThread } from './lot-threads.ts';

/** Threads that may share a lot, including the trainer's own: one core stays free for the page. */
export const lotThreadsMax = (): number => Math.max(1, (navigator.hardwareConcurrency ?? 1) - 1);

/** Null if the page is not cross-origin isolated. */
export function lotThread(): StartLotThread | null {
  if (!globalThis.crossOriginIsolated || typeof Worker === 'undefined') return null;
  return (order, died) => {
    const thread = new Worker(new URL('../lot.worker.ts', import.meta.url), { type: 'module', name: 'lot' });
    onBreak(thread, 'lot', died);
    thread.postMessage(order);
    return () => thread.terminate();
  };
}
