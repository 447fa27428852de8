/**
 * The contenders of `npm run prove -- bench:noise` and their timing; the same file runs in a page and in Node. Exact discrete Gaussian
 * samples as the trainer draws them, against float normals (the bench's own getRandomValues and SIMD Box-Muller), all with the device's
 * randomness on one thread. Before timing, the distribution of the exact samples is checked at several deviations.
 */
import { addDiscreteGaussian } from '#protocol/privacy/noise/discrete-gaussian';
import { goodnessOfFit, momentFaults, momentsOf, samplesOf } from '#protocol/privacy/noise/gaussian-suite';
import type { AddNoise } from '#protocol/privacy/noise/noisy-update';
import type { RandomFill } from '#protocol/privacy/noise/random-words';
import { createNumerics } from '#wasm/core';
import { fusedFrom } from '#wasm/relaxed';
import { exactNoise } from '#workers/trainer/exact-noise';
import { alternate } from './alternate.ts';
import { openNoisyStep } from './float-noise.ts';
import { checkNormals } from './normal-check.ts';

export interface Measured {
  /** Millions of samples per second, by contender, of its median turn. `exact.` and the deviation in grid steps; `float.` and the build. */
  readonly millionsPerSecond: Readonly<Record<string, number>>;
  /** Faults in the exact samples' distribution; empty if there are none. */
  readonly faults: readonly string[];
  readonly judged: number;
}

/** Samples per call: an update of a small model, for which every contender stays in the second-level cache. */
const COUNT = 131_072;
/** For the plain sampler in TypeScript, about fifty times slower. */
const PLAIN_COUNT = 4096;
/** From the smallest grid to the largest, including 1.1 clip norms on 16 bits. */
const SIGMAS = [10, 72_090, 9_437_185] as const;
const JUDGED = [1, 3, 10, 100, 72_090, 9_437_185] as const;
const JUDGED_COUNT = 1_000_000;
/** Up to this deviation there are few enough values to count each. */
const COUNTED_MAX = 10;

const random: RandomFill = (into) => crypto.getRandomValues(into);

/** In a page. */
export async function run(origin: string): Promise<Measured> {
  return measureAll(async (name) => (await fetch(`${origin}/wasm/${name}.wasm`)).arrayBuffer());
}

/** @param read a compiled file's bytes by its name, without .wasm */
export async function measureAll(read: (name: string) => Promise<BufferSource>): Promise<Measured> {
  const plain = await createNumerics(await WebAssembly.compile(await read('core')));
  const relaxed = await fusedFrom(() => read('core-relaxed'));
  const judged = exactNoise(relaxed ?? plain);
  const faults = JUDGED.flatMap((sigma) => faultsOf(judged.add, sigma));
  judged.release();

  const calls: Record<string, () => void> = {};
  const [sum, into] = [new Int32Array(COUNT), new Int32Array(COUNT)];
  for (const sigma of SIGMAS) {
    const { add } = exactNoise(relaxed ?? plain); // keeps the kernel of its deviation, as a federation's trainer does
    calls[`exact.${sigma}`] = () => add(sum, sigma, random, into);
  }
  for (const name of relaxed === null ? ['plain'] : ['plain', 'relaxed']) {
    const wasm = await read(name === 'plain' ? 'float-noise' : 'float-noise-relaxed');
    const noisy = await openNoisyStep(wasm, new Float32Array(COUNT), { clip: 1, gridBits: 16, sigma: 1, rate: 1 });
    checkNormals(noisy.normals());
    calls[`float.${name}`] = () => noisy.drawNormals();
  }
  calls['typescript'] = () => addDiscreteGaussian(sum.subarray(0, PLAIN_COUNT), 72_090, random, into);
  const ms = alternate(calls, { turns: 31, turnMs: 20 });
  const rates = Object.entries(ms).map(([name, value]) => [name, (name === 'typescript' ? PLAIN_COUNT : COUNT) / value / 1000] as const);
  return { millionsPerSecond: Object.fromEntries(rates), faults, judged: JUDGED.length * JUDGED_COUNT };
}

function faultsOf(add: AddNoise, sigma: number): string[] {
  const samples = samplesOf(add, JUDGED_COUNT, sigma, random);
  const faults = momentFaults(momentsOf(samples, sigma), sigma, JUDGED_COUNT);
  if (sigma <= COUNTED_MAX) {
    const { g, bound } = goodnessOfFit(samples, sigma);
    if (!(g < bound)) faults.push(`G-test: ${g}, expected below ${bound}`);
  }
  return faults.map((fault) => `sigma ${sigma}: ${fault}`);
}
