/** Compiled exact noise: equal to exact arithmetic bit by bit, its distribution, and what it leaves in memory. */
import { readFile } from 'node:fs/promises';
import { beforeAll, describe, expect, test } from 'vitest';
import { manifestFixture } from '../manifest.fixture.ts';
import { initialState } from '#protocol/model/state';
import { networkOf } from '#protocol/manifest/manifest';
import { sampleDiscreteGaussian } from '#protocol/privacy/noise/discrete-gaussian';
import { goodnessOfFit, momentFaults, momentsOf } from '#protocol/privacy/noise/gaussian-suite';
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
import { sampleEnvelope } from '#protocol/privacy/noise/envelope-gaussian';

let numerics: Numerics;
let module: WebAssembly.Module;
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
    const samples = exactNoise(numerics)(500_000, sigma, seededBytes(`g${sigma}`));
    const { g, bound } = goodnessOfFit(samples, sigma);
    expect(g).toBeLessThan(bound);
    const { g: wrong } = goodnessOfFit(samples, sigma * 1.01);
    expect(wrong).toBeGreaterThan(bound);
  });

  test.each(SIGMAS)('has the distribution’s moments, tails and independence at sigma %d', (sigma) => {
    const n = 400_000;
    const moments = momentsOf(exactNoise(numerics)(n, sigma, seededBytes(`m${sigma}`)), sigma);
    expect(momentFaults(moments, sigma, n)).toEqual([]);
  });

  test('numerics without a kernel sample as the protocol does', () => {
    const plain: Numerics = { model: (spec, lot) => numerics.model(spec, lot) };
    expect(exactNoise(plain)(100, 50, seededBytes('p'))).toEqual(sampleDiscreteGaussian(100, 50, seededBytes('p')));
  });

  test.each([
    ['short', (n: number) => new Uint8Array(n - 1).map((_, i) => i)],
    ['all equal', (n: number) => new Uint8Array(n).fill(7)],
  ])('a source that gives %s blocks is refused', (_, source) => {
    expect(() => exactNoise(numerics)(10, 50, source)).toThrow(expect.objectContaining({ code: 'internal' }));
  });

  test('an invalid deviation is refused', () => {
    for (const sigma of [0, 1.5, Number.NaN])
      expect(() => exactNoise(numerics)(1, sigma, seededBytes('x'))).toThrow(expect.objectContaining({ code: 'field-invalid' }));
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

  test('holds neither words nor samples once they are drawn, and is freed', async () => {
    const { kernels, arena, lastsOf } = await own();
    const envelope = envelopeFor(72_090);
    const kernel = openNoiseKernel(kernels, arena, envelope);
    sampleEnvelope(20_000, envelope, seededBytes('wipe'), kernel.settle);
    expect(lastsOf()).toBeGreaterThan(60_000);
    kernel.free();
    expect([lastsOf(), arena.used]).toEqual([-1, 0]);
    expect(() => kernel.settle(new Uint8Array(12), 0, new Int32Array(1), 0)).toThrow('freed');
  });

  test('is also wiped if the source fails half-way', async () => {
    const { kernels, arena, lastsOf } = await own();
    let calls = 0;
    const random = seededBytes('half');
    const noise = exactNoise({ model: () => expect.unreachable(), noise: (tables) => openNoiseKernel(kernels, arena, tables) });
    const source = (n: number) => (calls++ === 0 ? random(n) : new Uint8Array(n));
    expect(() => noise(20_000, 500, source)).toThrow(expect.objectContaining({ code: 'internal' }));
    expect([calls, lastsOf(), arena.used]).toEqual([2, -1, 0]);
  });

  test('accepts whole candidates of one block, and tables of their size', async () => {
    const { kernels, arena } = await own();
    const envelope = envelopeFor(5);
    const kernel = openNoiseKernel(kernels, arena, envelope);
    for (const bytes of [13, 12 * 5462]) expect(() => kernel.settle(new Uint8Array(bytes), 0, new Int32Array(9), 0)).toThrow(RangeError);
    expect(() => openNoiseKernel(kernels, arena, { ...envelope, sure: new Uint32Array(5) })).toThrow(RangeError);
  });
});

test('updates use it, also for the noise of an empty lot', () => {
  const manifest = manifestFixture();
  const network = networkOf(manifest);
  let drawn = 0;
  const counted: Numerics = {
    model: (spec, lot) => numerics.model(spec, lot),
    noise: (tables) => {
      drawn++;
      return numerics.noise!(tables);
    },
  };
  const trainer = openTrainer(counted, manifest);
  trainer.hold({ x: new Float32Array(2), y: Int32Array.of(0) });
  const { parameters } = initialState(network, 'noise');
  for (let i = 1; i <= 5; i++) {
    trainer.makeUpdate(parameters, { ...manifest.privacy, rate: 1e-6 }, seededBytes(`update${i}`));
    expect(drawn).toBe(i);
  }
  trainer.close();
});
