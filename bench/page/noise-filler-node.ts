/** The noise thread of the bench in Node: noise-filler.ts for a thread that is not a page's. */
import { parentPort, workerData } from 'node:worker_threads';
import { createNumerics } from '#wasm/core';
import { fillRing, type NoiseOrder } from '#workers/trainer/noise-ahead';

const numerics = await createNumerics(await WebAssembly.compile(workerData as BufferSource));
parentPort!.once('message', (order: NoiseOrder) => fillRing(order, numerics));
parentPort!.postMessage('ready');
