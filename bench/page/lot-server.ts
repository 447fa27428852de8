/** A lot thread of the bench: the product's loop (workers/trainer/lot-block.ts) on numerics from bytes passed by the bench. */
import { createNumerics } from '#wasm/core';
import { serveLots, type LotOrder } from '#workers/trainer/lot-block';

interface Start {
  readonly wasm: BufferSource;
  readonly order: LotOrder;
}

async function serve({ wasm, order }: Start): Promise<void> {
  serveLots(order, await createNumerics(await WebAssembly.compile(wasm)));
}

self.addEventListener('message', ({ data }: MessageEvent<Start>) => void serve(data).catch(reportError), { once: true });
