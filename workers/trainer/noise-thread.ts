/** Starts the thread that makes noise ahead of a page's trainer (noise.worker.ts), if there can be one. */
import { onBreak } from '#signaling/thread-calls';
import type { StartNoise } from './noise-ahead.ts';

/** Null if the page is not cross-origin isolated, or the machine has no second core. */
export function noiseThread(): StartNoise | null {
  if (!globalThis.crossOriginIsolated || typeof Worker === 'undefined' || navigator.hardwareConcurrency < 2) return null;
  return (order, died) => {
    const thread = new Worker(new URL('../noise.worker.ts', import.meta.url), { type: 'module', name: 'noise' });
    onBreak(thread, 'noise', died);
    thread.postMessage(order);
  };
}
