/**
 * The trainer's thread of `npm run prove -- bench:threads` (a page's main thread may not block): clipped sums of lots of 512, with
 * parameters set anew for each, alternating between one thread and two. Before timing, both must give the same bits.
 */
import { flat, perceptron, planNetwork, valuesOf, type Network } from '#protocol/model/architecture';
import { imageLayers } from '#protocol/model/preset-layers';
import { createNumerics } from '#wasm/core';
import type { Numerics, Rows } from '#wasm/numerics';
import { fusedFrom } from '#wasm/relaxed';
import { seededParameters, uniform } from '#wasm/seeded-run.fixture';
import { LotThreads, type StartLotThread } from '#workers/trainer/lot-threads';
import { alternate } from './alternate.ts';

export interface Shared {
  readonly network: string;
  readonly build: 'plain' | 'relaxed';
  readonly parameters: number;
  /** Median milliseconds of a lot. */
  readonly one: number;
  readonly two: number;
}

const LOT = 512;
const ROWS = 2048;
const CLIPPING = { clip: 1, gridBits: 16 };
const PICTURE = { height: 28, width: 28, channels: 1 };
const NETWORKS: Readonly<Record<string, Network>> = {
  'MLP 784-128-10': planNetwork(flat(784), perceptron([784, 128, 10], 'relu')),
  'CNN of 28 x 28': planNetwork(PICTURE, imageLayers(PICTURE, 10)),
};

self.addEventListener('message', ({ data }: MessageEvent<string>) => void measure(data).catch(reportError), { once: true });

async function measure(origin: string): Promise<void> {
  const read = async (name: string): Promise<ArrayBuffer> => (await fetch(`${origin}/wasm/${name}.wasm`)).arrayBuffer();
  const [plain, relaxed] = [await read('core'), await read('core-relaxed')];
  const fused = await fusedFrom(() => Promise.resolve(relaxed));
  const numerics = fused ?? (await createNumerics(await WebAssembly.compile(plain)));
  const build = fused === null ? 'plain' : 'relaxed';
  const start: StartLotThread = (order) => {
    const thread = new Worker(`${origin}/scripts/lot-server.js`, { type: 'module' });
    thread.postMessage({ wasm: fused === null ? plain : relaxed, order });
    return () => thread.terminate();
  };
  const shared: Shared[] = [];
  for (const [name, network] of Object.entries(NETWORKS)) {
    shared.push({ network: name, build, parameters: network.parameterCount, ...(await timed(numerics, network, start)) });
  }
  self.postMessage(shared);
}

async function timed(numerics: Numerics, network: Network, start: StartLotThread): Promise<{ one: number; two: number }> {
  const draw = uniform(512);
  const rows: Rows = {
    x: Float32Array.from({ length: ROWS * valuesOf(network.input) }, () => draw()),
    y: Int32Array.from({ length: ROWS }, () => Math.floor(10 * draw())),
  };
  const lots = Array.from({ length: 8 }, () => drawLot(draw));
  const parameters = seededParameters(network.parameterCount, 0.05, draw);
  const [alone, together] = [1, 2].map(() => numerics.model({ network, loss: 'cross-entropy' }, LOT));
  const into = new Int32Array(network.parameterCount);
  const threads = new LotThreads(together!, 1, start, { times: 100, leastMs: 10_000 });
  threads.use(2);
  threads.hold(rows);
  while (threads.count < 2) await new Promise((resolve) => setTimeout(resolve, 10));
  let turn = 0;
  const next = (): Int32Array => lots[turn++ % lots.length]!;
  const inOne = (lot: Int32Array) => {
    alone!.setParameters(parameters);
    return alone!.clippedSum(rows, lot, CLIPPING, into);
  };
  const inTwo = (lot: Int32Array) => {
    threads.setParameters(parameters);
    return threads.clippedSum(lot, CLIPPING, into);
  };
  for (const lot of lots) {
    const expected = inOne(lot).steps.slice();
    if (inTwo(lot).steps.some((value, i) => value !== expected[i])) throw new Error('two threads: expected the bits of one');
  }
  const ms = alternate({ one: () => void inOne(next()), two: () => void inTwo(next()) }, { turns: 31, turnMs: 40 });
  if (threads.count < 2) throw new Error('two threads: one was dropped while they were timed');
  threads.close();
  for (const model of [alone!, together!]) model.free();
  return ms;
}

function drawLot(draw: () => number): Int32Array {
  const chosen = new Set<number>();
  while (chosen.size < LOT) chosen.add(Math.floor(draw() * ROWS));
  return Int32Array.from(chosen);
}
