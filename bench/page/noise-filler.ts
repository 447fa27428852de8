/** The noise thread of the bench: the product's loop (workers/trainer/noise-ahead.ts) on numerics from the bench. Reports when ready. */
import { createNumerics } from '#wasm/core';
import { fillRing, type NoiseOrder } from '#workers/trainer/noise-ahead';

self.addEventListener('message', ({ data }: MessageEvent<BufferSource>) => void ready(data).catch(reportError), { once: true });

async function ready(wasm: BufferSource): Promise<void> {
  const numerics = await createNumerics(await WebAssembly.compile(wasm));
  self.addEventListener('message', ({ data }: MessageEvent<NoiseOrder>) => fillRing(data, numerics), { once: true });
  self.postMessage('ready');
}
