/** A lot thread in Node, for tests: correct, or failing in its own way at its second part. */
import { parentPort, workerData } from 'node:worker_threads';
import { loadNumerics } from '#wasm/load-node';
import type { Numerics } from '#wasm/numerics';
import { serveLots, type LotOrder } from './lot-block.ts';

/** slow: answers, but later than anyone waits. */
export type Fault = 'none' | 'dies' | 'hangs' | 'throws' | 'slow';

const { order, fault } = workerData as { order: LotOrder; fault: Fault };
const asleep = (ms: number) => Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);

function fail(): void {
  if (fault === 'dies') process.exit(1); // ends this thread at once
  if (fault === 'hangs') asleep(Infinity);
  if (fault === 'throws') throw new Error('a fault by intent');
  if (fault === 'slow') asleep(6000);
}

function faulty(numerics: Numerics): Numerics {
  return {
    ...numerics,
    model(...args) {
      const model = numerics.model(...args);
      let parts = 0;
      const sum = model.clippedSum.bind(model);
      model.clippedSum = (...rest) => {
        if (++parts === 2) fail();
        return sum(...rest);
      };
      return model;
    },
  };
}

const numerics = await loadNumerics();
parentPort?.postMessage('up');
serveLots(order, faulty(numerics));
