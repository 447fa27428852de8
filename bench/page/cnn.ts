/**
 * The contenders of `npm run prove -- bench:cnn` in a page: one training step of a small convolutional network on 64 pictures of 28 x 28,
 * ours in both builds, plain and private, against tfjs on its backends. Every contender's step is compared with ours first.
 */
import type { Layer } from '#protocol/model/layers';
import { planNetwork } from '#protocol/model/architecture';
import { sigmaOnGrid } from '#protocol/privacy/noise/discrete-gaussian';
import { createNumerics } from '#wasm/core';
import type { Model, Numerics } from '#wasm/numerics';
import { fusedFrom } from '#wasm/relaxed';
import { uniform } from '#wasm/seeded-run.fixture';
import { exactNoise } from '#workers/trainer/exact-noise';
import { alternate, quantile, type Contenders } from './alternate.ts';
import { tfjsCnn, useBackend, type TfjsBackend } from './tfjs-cnn.ts';
import { startTfjs } from './tfjs-mlp.ts';

/** 26,010 parameters: the network of the DP papers on MNIST (Papernot et al. 2021, Tramèr & Boneh 2021). */
const LAYERS: readonly Layer[] = [
  { kind: 'conv2d', inChannels: 1, outChannels: 16, kernel: [8, 8], stride: [2, 2], padding: [3, 3] },
  { kind: 'tanh' },
  { kind: 'max-pool', kernel: [2, 2], stride: [1, 1] },
  { kind: 'conv2d', inChannels: 16, outChannels: 32, kernel: [4, 4], stride: [2, 2], padding: [0, 0] },
  { kind: 'tanh' },
  { kind: 'max-pool', kernel: [2, 2], stride: [1, 1] },
  { kind: 'flatten' },
  { kind: 'dense', inputs: 512, outputs: 32 },
  { kind: 'tanh' },
  { kind: 'dense', inputs: 32, outputs: 10 },
];
const LOT = 64;
const LOTS_IN_TURN = 4;
const RATE = 0.05;
const CLIP = 1;
const GRID_BITS = 16;
const SIGMA = 1;
const PEERS: readonly TfjsBackend[] = ['cpu', 'webgl', 'wasm'];
const PEER_STEPS = 5;

export interface Measured {
  readonly parameters: number;
  /** Median milliseconds of one step: `plain.` and `relaxed.` are our builds; sgd, clip, exact (clipped, exact noise, bytes). */
  readonly ms: Readonly<Record<string, number>>;
  /** By backend: median milliseconds and the relative distance of its step from ours, or why it cannot train this network. */
  readonly peers: Readonly<Record<string, { readonly ms: number; readonly distance: number } | { readonly cannot: string }>>;
}

export async function run(origin: string): Promise<Measured> {
  const read = async (name: string): Promise<ArrayBuffer> => (await fetch(`${origin}/wasm/${name}.wasm`)).arrayBuffer();
  const network = planNetwork({ height: 28, width: 28, channels: 1 }, LAYERS);
  const spec = { network, loss: 'cross-entropy' } as const;
  const draw = uniform(2027);
  const count = LOT * LOTS_IN_TURN;
  const rows = {
    x: Float32Array.from({ length: count * 784 }, () => draw()),
    y: Int32Array.from({ length: count }, () => Math.floor(draw() * 10)),
  };
  const start = Float32Array.from({ length: network.parameterCount }, () => (2 * draw() - 1) * 0.1);
  const lots = Array.from({ length: LOTS_IN_TURN }, (_, i) => Int32Array.from({ length: LOT }, (_unused, j) => i * LOT + j));
  let turn = 0;
  const next = (): Int32Array => lots[turn++ % LOTS_IN_TURN]!;

  const builds: [string, Numerics][] = [['plain', await createNumerics(await WebAssembly.compile(await read('core')))]];
  const relaxed = await fusedFrom(() => read('core-relaxed'));
  if (relaxed !== null) builds.push(['relaxed', relaxed]);
  const contenders: Record<string, () => void> = {};
  const models: Model[] = [];
  for (const [name, numerics] of builds) {
    const model = numerics.model(spec, LOT);
    models.push(model);
    model.setParameters(start);
    const [steps, update] = [new Int32Array(network.parameterCount), new Int32Array(network.parameterCount)];
    const noise = exactNoise(numerics);
    contenders[`${name}.sgd`] = () => void model.sgdStep(rows, next(), 1e-4);
    contenders[`${name}.clip`] = () => void model.clippedSum(rows, next(), { clip: CLIP, gridBits: GRID_BITS }, steps);
    contenders[`${name}.exact`] = () => {
      model.clippedSum(rows, next(), { clip: CLIP, gridBits: GRID_BITS }, steps);
      noise.add(steps, sigmaOnGrid(SIGMA, GRID_BITS), (into) => crypto.getRandomValues(into), update);
    };
  }
  const ms = alternate(contenders satisfies Contenders, { turns: 21, turnMs: 60 });

  const ours = models[0]!;
  ours.setParameters(start);
  ours.sgdStep(rows, lots[0]!, RATE);
  const truth = ours.parameters();
  const peers: Record<string, Measured['peers'][string]> = {};
  await startTfjs(`${origin}/tfjs/`);
  for (const backend of PEERS) {
    try {
      await useBackend(backend);
      const peer = tfjsCnn(network, start, rows.x.slice(0, LOT * 784), rows.y.slice(0, LOT), RATE);
      await peer.step();
      const distance = distanceOf(await peer.parameters(), truth, start);
      const taken: number[] = [];
      for (let i = 0; i < PEER_STEPS; i++) {
        const before = performance.now();
        await peer.step();
        taken.push(performance.now() - before);
      }
      peer.dispose();
      peers[backend] = { ms: quantile(taken, 0.5), distance };
    } catch (error) {
      peers[backend] = { cannot: String(error).slice(0, 200) };
    }
  }
  for (const model of models) model.free();
  return { parameters: network.parameterCount, ms, peers };
}

/** |their step - our step| / |our step|, in L2. */
function distanceOf(theirs: Float32Array, ours: Float32Array, start: Float32Array): number {
  let [gap, length] = [0, 0];
  for (let i = 0; i < ours.length; i++) {
    gap += (theirs[i]! - ours[i]!) ** 2;
    length += (ours[i]! - start[i]!) ** 2;
  }
  return Math.sqrt(gap / length);
}
