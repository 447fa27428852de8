/** A writer in its own thread, for the test of a ring: it writes 1, 2, 3 … in blocks of varying size, until the ring stops. */
import { parentPort, workerData } from 'node:worker_threads';
import { RING_BLOCK, ringWriter } from './noise-ring.ts';

const ring = ringWriter(workerData as SharedArrayBuffer);
let next = 1;
for (let turn = 0; ; turn++) {
  const size = 1 + ((turn * 997) % RING_BLOCK);
  if (!ring.waitForRoom(size)) break;
  if (!ring.write(Int32Array.from({ length: size }, () => next++))) break;
}
parentPort?.postMessage(next - 1);
