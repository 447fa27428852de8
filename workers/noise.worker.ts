/**
 * The thread that makes noise ahead of the trainer: it fills the ring it is given, sleeps while that is full, and ends with it. It sees no
 * rows, no sums and no updates.
 */
import { loadNumerics } from '#wasm/load-web';
import { fillRing, type NoiseOrder } from './trainer/noise-ahead.ts';

async function work(order: NoiseOrder): Promise<void> {
  fillRing(order, await loadNumerics());
  self.close();
}

self.addEventListener('message', ({ data }: MessageEvent<NoiseOrder>) => void work(data).catch(reportError), { once: true });
