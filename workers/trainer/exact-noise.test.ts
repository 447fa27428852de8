/** Compiled exact noise: equal to exact arithmetic bit by bit, its distribution, and what it leaves in memory. */
import { readFile } from 'node:fs/promises';
import { beforeAll, describe, expect, test } from 'vitest';
import { manifestFixture } from '../manifest.fixture.ts';
import { initialState } from '#protocol/model/state';
import { networkOf, updateLength } from '#protocol/manifest/manifest';
import { addDiscreteGaussian } from '#protocol/privacy/noise/discrete-gaussian';
import { goodnessOfFit, momentFaults, momentsOf, samplesOf } from '#protocol/privacy/noise/gaussian-suite';
import { seededBytes } from '#protocol/privacy/noise/seeded-bytes';
import { createArena } from '#wasm/arena';
import { buildWasm } from '#wasm/build';
import type { Kernels } from '#wasm/kernels';
import { loadNumerics, loadTrainingNumerics } from '#wasm/load-node';
import { openNoiseKernel } from '#wasm/noise';
import type { Numerics } from '#wasm/numerics';
import { exactNoise } from './exact-noise.ts';
import { both, nearBounds, NOISE_SHA256, seededNoise, SIGMAS } from './exact-noise.fixture.ts';
import { openTrainer } from './trainer.ts';
import { envelopeFor } from '#protocol/privacy/noise/gaussian-envelope';
import { addEnvelopeNoise } from '#protocol/privacy/noise/envelope-gaussian';
import { RandomWords, type RandomFill } from '#protocol/privacy/noise/random-words';

let numerics: Numerics;
let module: WebAssembly.Module;
const sample = (count: number, sigma: number, random: RandomFill) => samplesOf(exactNoise(numerics).add, count, sigma, random);
beforeAll(async () => {
  await buildWasm();
  numerics = await loadNumerics();
  module = await WebAssembly.compile(await readFile(new URL('../../build/wasm/core.wasm', import.meta.url)));
});

describe('compiled noise', () => {
  test('has the golden bits', async () => {
    expect(await seededNoise(numerics)).toBe(NOISE_SHA256);
  });

  test('has them in the training build too', async () => {
    expect(await seededNoise(await loadTrainingNumerics())).toBe(NOISE_SHA256);
  });

  test.each(SIGMAS)('equals exact arithmetic, at sigma %d', (sigma) => {
    const source = () => seededBytes(`same${sigma}`);
    const { kernel, oracle } = both(numerics, sigma, 8000, source);
    expect(kernel).toEqual(oracle);
    // A slack that leaves one candidate in sixteen undecided tests the hand-over to exact arithmetic.
    expect(both(numerics, sigma, 1000, source, 2 ** 28).kernel).toEqual(both(numerics, sigma, 1000, source).oracle);
  });

  test.each(SIGMAS)('decides correctly next to its bounds, with half of its slack, at sigma %d', (sigma) => {
    for (const near of [3, 12, 40]) {
      const { kernel, oracle } = both(numerics, sigma, 1500, nearBounds(`near${sigma}`, near), 8);
      expect(kernel).toEqual(oracle);
    }
  });

  test('a bound without slack would decide wrongly there: the test above can fail', () => {
    const { kernel, oracle } = both(numerics, 72_090, 4000, nearBounds('none', 3), 0);
    expect(kernel).not.toEqual(oracle);
  });

  test.each([1, 3, 10])('follows the mass function at sigma %d (G-test)', (sigma) => {
    const samples = sample(500_000, sigma, seededBytes(`g${sigma}`));
    const { g, bound } = goodnessOfFit(samples, sigma);
    expect(g).toBeLessThan(bound);
    const { g: wrong } = goodnessOfFit(samples, sigma * 1.01);
    expect(wrong).toBeGreaterThan(bound);
  });

  test.each(SIGMAS)('has the distribution’s moments, tails and independence at sigma %d', (sigma) => {
    const n = 400_000;
    const moments = momentsOf(sample(n, sigma, seededBytes(`m${sigma}`)), sigma);
    expect(momentFaults(moments, sigma, n)).toEqual([]);
  });

  test('numerics without a kernel sample as the protocol does', () => {
    const plain: Numerics = { model: (spec, lot) => numerics.model(spec, lot) };
    expect(samplesOf(exactNoise(plain).add, 100, 50, seededBytes('p'))).toEqual(samplesOf(addDiscreteGaussian, 100, 50, seededBytes('p')));
  });

  test.each<[string, RandomFill]>([
    ['nothing', () => {}],
    ['half of a block', (into) => seededBytes('half')(into.subarray(0, into.length / 2))],
    ['one byte again and again', (into) => into.fill(7)],
  ])('a source that gives %s is refused', (_, source) => {
    expect(() => sample(10, 50, source)).toThrow(expect.objectContaining({ code: 'internal' }));
  });

  test('an invalid deviation is refused', () => {
    for (const sigma of [0, 1.5, Number.NaN])
      expect(() => sample(1, sigma, seededBytes('x'))).toThrow(expect.objectContaining({ code: 'field-invalid' }));
  });
});

describe('its memory', () => {
  async function own() {
    const abort = () => expect.unreachable();
    const kernels = (await WebAssembly.instantiate(module, { env: { abort } })).exports as unknown as Kernels;
    const arena = createArena(kernels.memory, kernels.heapBase());
    const lastsOf = () => new Uint8Array(kernels.memory.buffer, kernels.heapBase()).findLastIndex((byte) => byte !== 0);
    return { kernels, arena, lastsOf };
  }

  const noiseIn = ({ kernels, arena }: Awaited<ReturnType<typeof own>>) =>
    exactNoise({ model: () => expect.unreachable(), noise: (tables, count) => openNoiseKernel(kernels, arena, tables, count) });

  test('stays open between updates, holds neither words nor sums then, and is given back', async () => {
    const place = await own();
    const { arena, lastsOf } = place;
    const noise = noiseIn(place);
    const sum = new Int32Array(20_000).fill(77);
    noise.add(sum, 72_090, seededBytes('first'), new Int32Array(20_000));
    const { used } = arena;
    // Tables of the deviation are left, which are no secret.
    expect([used > 4 * 20_000, lastsOf() < 16_384]).toEqual([true, true]);
    noise.add(sum.subarray(0, 9000), 72_090, seededBytes('second'), new Int32Array(9000));
    expect([arena.used, lastsOf() < 16_384]).toEqual([used, true]);
    noise.release();
    expect(arena.used).toBe(0);
  });

  test('is wiped as well when the source fails half-way, and what was asked for has no sum without noise', async () => {
    const place = await own();
    const random = seededBytes('half');
    let calls = 0;
    const source: RandomFill = (into) => {
      if (calls++ === 0) random(into);
    };
    const into = new Int32Array(20_000);
    expect(() => noiseIn(place).add(new Int32Array(20_000).fill(77), 500, source, into)).toThrow(
      expect.objectContaining({ code: 'internal' }),
    );
    expect([calls, place.lastsOf() < 16_384, into.some((value) => value !== 0)]).toEqual([2, true, false]);
  });

  test('holds none of the samples that were made before, where they were noise and where they were none', async () => {
    const place = await own();
    const noise = noiseIn(place);
    const sum = new Int32Array(20_000).fill(77);
    let refused = 0;
    const readyWith = (last: number) => ({
      take(slots: Int32Array, count: number) {
        slots.fill(5 ^ -(2 ** 31), 0, count);
        slots[count - 1] = last;
        return count;
      },
      refuse: () => void refused++,
    });
    const added = (last: number) => {
      const into = new Int32Array(20_000);
      noise.addAfter(readyWith(last), sum, 500, seededBytes('whole'), into);
      return into;
    };
    expect(added(7 ^ -(2 ** 31))).toEqual(new Int32Array(20_000).fill(82, 0, 19_999).fill(84, 19_999));
    expect([refused, place.lastsOf() < 16_384]).toEqual([0, true]);
    // An empty slot, found when all others were added: the whole is made anew.
    expect(added(0)).toEqual(sample(20_000, 500, seededBytes('whole')).map((value) => value + 77));
    expect([refused, place.lastsOf() < 16_384]).toEqual([1, true]);
    noise.release();
    expect([place.arena.used, place.lastsOf() < 16_384]).toEqual([0, true]);
  });

  test('follows when it grows: another model may be opened meanwhile', async () => {
    const { kernels, arena } = await own();
    const envelope = envelopeFor(50);
    const kernel = openNoiseKernel(kernels, arena, envelope, 100);
    const before = kernel.sums;
    arena.take(1 << 20);
    expect(before).toHaveLength(0);
    addEnvelopeNoise(kernel, 100, envelope, seededBytes('grown'), new RandomWords());
    expect(kernel.sums).toEqual(sample(100, 50, seededBytes('grown')));
    kernel.free();
    expect(() => kernel.settle(0, 1, 0, 1)).toThrow('freed');
  });

  test('refuses a sum that would wrap around', () => {
    const add = (sum: number) => exactNoise(numerics).add(new Int32Array(64).fill(sum), 1000, seededBytes('o'), new Int32Array(64));
    for (const sum of [2 ** 31 - 1, -(2 ** 31)]) expect(() => add(sum)).toThrow(expect.objectContaining({ code: 'out-of-bound' }));
  });

  test('takes candidates and sums within its bounds, and tables of their size', async () => {
    const { kernels, arena } = await own();
    const envelope = envelopeFor(5);
    const kernel = openNoiseKernel(kernels, arena, envelope, 9);
    for (const [candidate, candidates, made, count] of [
      [0, 5462, 0, 9],
      [2, 1, 0, 9],
      [-1, 1, 0, 9],
      [0, 1, 0, 10],
      [0, 1, 9, 8],
      [0, 1, -1, 9],
      [NaN, 1, 0, 9],
    ] as const)
      expect(() => kernel.settle(candidate, candidates, made, count)).toThrow(RangeError);
    expect(() => openNoiseKernel(kernels, arena, { ...envelope, sure: new Uint32Array(5) }, 9)).toThrow(RangeError);
    for (const count of [0, 1.5, NaN]) expect(() => openNoiseKernel(kernels, arena, envelope, count)).toThrow(RangeError);
  });
});

test('updates use it, also for the noise of an empty lot', () => {
  const manifest = manifestFixture();
  const network = networkOf(manifest);
  const opened: number[] = [];
  const counted: Numerics = {
    model: (spec, lot) => numerics.model(spec, lot),
    noise: (tables, count) => {
      opened.push(count);
      return numerics.noise!(tables, count);
    },
  };
  const trainer = openTrainer(counted, manifest);
  trainer.hold({ x: new Float32Array(2), y: Int32Array.of(0) });
  const { parameters } = initialState(network, 'noise');
  for (let i = 1; i <= 5; i++) {
    trainer.makeUpdate(parameters, { ...manifest.privacy, rate: 1e-6 }, seededBytes(`update${i}`));
  }
  // Once for all of them.
  expect(opened).toEqual([updateLength(manifest)]);
  trainer.close();
});
