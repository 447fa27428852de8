/** A thread with its own numerics that sums clipped gradients for the trainer, part by part (lot-block.ts). Sleeps in between. */
import { loadTrainingNumerics } from '#wasm/load-web';
import { serveLots, type LotOrder } from './trainer/lot-block.ts';

async function work(order: LotOrder): Promise<void> {
  serveLots(order, await loadTrainingNumerics());
  self.close();
}

self.addEventListener('message', ({ data }: MessageEvent<LotOrder>) => void work(data).catch(reportError), { once: true });
