/** Noise from a ring and from the trainer itself, as one source: the distribution, which part comes from where, and how each ends. */
import { beforeAll, describe, expect, test } from 'vitest';
import { goodnessOfFit, momentFaults, momentsOf } from '#protocol/privacy/noise/gaussian-suite';
import type { RandomBytes } from '#protocol/privacy/noise/random-words';
import { seededBytes } from '#protocol/privacy/noise/seeded-bytes';
import { buildWasm } from '#wasm/build';
import { loadNumerics } from '#wasm/load-node';
import type { Numerics } from '#wasm/numerics';
import { exactNoise } from './exact-noise.ts';
import { noiseAhead, type NoiseOrder, type NoiseSource, type StartNoise } from './noise-ahead.ts';
import { RING_BLOCK, ringWriter } from './noise-ring.ts';

let numerics: Numerics;
beforeAll(async () => {
  await buildWasm();
  numerics = await loadNumerics();
});

const device: RandomBytes = (n) => crypto.getRandomValues(new Uint8Array(n));
const never: RandomBytes = () => expect.unreachable('the trainer makes no noise itself');

/** A thread that runs on demand, within this one. */
function byHand() {
  const orders: NoiseOrder[] = [];
  let died = (): void => {};
  const start: StartNoise = (order, onDeath) => {
    orders.push(order);
    died = onDeath;
  };
  /** As fillRing, but without sleeping. @returns the samples that were written */
  const fill = (random: RandomBytes = device, blocks = Infinity): number[] => {
    const { memory, sigma } = orders.at(-1)!;
    const ring = ringWriter(memory);
    const made: number[] = [];
    for (let i = 0; i < blocks && ring.room() >= RING_BLOCK; i++) {
      const samples = exactNoise(numerics)(RING_BLOCK, sigma, random);
      made.push(...samples);
      ring.write(samples);
    }
    return made;
  };
  return { orders, start, fill, die: () => died(), slots: (i: number) => new Int32Array(orders[i]!.memory, 4 * 64) };
}

function collect(source: NoiseSource, fill: () => unknown, count: number, sigma: number, n: number): Int32Array {
  const all = new Int32Array(n);
  for (let at = 0; at < n; at += count) {
    fill();
    all.set(source.sample(Math.min(count, n - at), sigma, never), at);
  }
  return all;
}

describe('noise through a ring', () => {
  test.each([1, 3, 10])('follows the mass function at sigma %d (G-test)', (sigma) => {
    const hand = byHand();
    const source = noiseAhead(numerics, hand.start);
    source.prepare(50_000, sigma);
    const random = seededBytes(`ring${sigma}`);
    const samples = collect(source, () => hand.fill(random), 50_000, sigma, 500_000);
    expect(goodnessOfFit(samples, sigma).g).toBeLessThan(goodnessOfFit(samples, sigma).bound);
    expect(goodnessOfFit(samples, sigma * 1.01).g).toBeGreaterThan(goodnessOfFit(samples, sigma * 1.01).bound);
  });

  test.each([86, 72_090])('has the distribution’s moments, tails and independence at sigma %d', (sigma) => {
    const hand = byHand();
    const source = noiseAhead(numerics, hand.start);
    source.prepare(50_000, sigma);
    const random = seededBytes(`moments${sigma}`);
    const samples = collect(source, () => hand.fill(random), 50_000, sigma, 400_000);
    expect(momentFaults(momentsOf(samples, sigma), sigma, samples.length)).toEqual([]);
  });

  test('has them too if each update is half from the ring and half from the trainer', () => {
    const hand = byHand();
    const source = noiseAhead(numerics, hand.start);
    source.prepare(2 * RING_BLOCK, 72_090);
    const [ahead, here] = [seededBytes('ahead'), seededBytes('here')];
    const all = new Int32Array(50 * 2 * RING_BLOCK);
    for (let at = 0; at < all.length; at += 2 * RING_BLOCK) {
      hand.fill(ahead, 1);
      all.set(source.sample(2 * RING_BLOCK, 72_090, here), at);
    }
    expect(momentFaults(momentsOf(all, 72_090), 72_090, all.length)).toEqual([]);
  });
});

describe('what comes from where', () => {
  test('the ring gives what it has, in order; the trainer makes the rest at once', () => {
    const hand = byHand();
    const source = noiseAhead(numerics, hand.start);
    source.prepare(100, 500);
    const made = hand.fill(device, 1);
    expect([...source.sample(3000, 500, never)]).toEqual(made.slice(0, 3000));
    const samples = [...source.sample(RING_BLOCK, 500, seededBytes('rest'))];
    expect(samples.slice(0, RING_BLOCK - 3000)).toEqual(made.slice(3000));
    expect(samples.slice(RING_BLOCK - 3000)).toEqual([...exactNoise(numerics)(3000, 500, seededBytes('rest'))]);
  });

  test('with an empty ring, none, or one of another deviation, all of it is made here', () => {
    const here = [...exactNoise(numerics)(200, 500, seededBytes('here'))];
    const hand = byHand();
    const source = noiseAhead(numerics, hand.start);
    expect([...source.sample(200, 500, seededBytes('here'))]).toEqual(here);
    source.prepare(200, 500);
    expect([...source.sample(200, 500, seededBytes('here'))]).toEqual(here);
    source.prepare(200, 400);
    hand.fill();
    expect([...source.sample(200, 500, seededBytes('here'))]).toEqual(here);
    expect([...noiseAhead(numerics, null).sample(200, 500, seededBytes('here'))]).toEqual(here);
  });

  test('one thread serves all updates of a deviation; another deviation ends it and zeroes its ring', () => {
    const hand = byHand();
    const source = noiseAhead(numerics, hand.start);
    for (let i = 0; i < 3; i++) source.prepare(100, 500);
    expect(hand.orders.length).toBe(1);
    hand.fill();
    source.prepare(100, 400);
    expect(hand.orders.map(({ sigma }) => sigma)).toEqual([500, 400]);
    expect(hand.slots(0).every((slot) => slot === 0)).toBe(true);
    expect(ringWriter(hand.orders[0]!.memory).waitForRoom(1)).toBe(false);
  });

  test('a stop zeroes the ring; noise is made here until the next prepare', () => {
    const hand = byHand();
    const source = noiseAhead(numerics, hand.start);
    source.prepare(100, 500);
    hand.fill();
    source.stop();
    expect(hand.slots(0).every((slot) => slot === 0)).toBe(true);
    expect(source.sample(10, 500, device).length).toBe(10);
    source.prepare(100, 500);
    expect(hand.orders.length).toBe(2);
  });
});

describe('a noise thread that fails', () => {
  test('is not missed, and not tried again', () => {
    const hand = byHand();
    const source = noiseAhead(numerics, hand.start);
    source.prepare(100, 500);
    hand.fill();
    hand.die();
    expect(hand.slots(0).every((slot) => slot === 0)).toBe(true);
    const here = [...exactNoise(numerics)(200, 500, seededBytes('here'))];
    expect([...source.sample(200, 500, seededBytes('here'))]).toEqual(here);
    source.prepare(100, 400);
    expect(hand.orders.length).toBe(1);
  });

  test('and publishes empty slots: the whole update is made here instead, never with a gap in its noise', () => {
    const hand = byHand();
    const source = noiseAhead(numerics, hand.start);
    source.prepare(100, 500);
    hand.fill(device, 1);
    new Int32Array(hand.orders[0]!.memory)[0]! += 50;
    const count = RING_BLOCK + 40;
    expect([...source.sample(count, 500, seededBytes('here'))]).toEqual([...exactNoise(numerics)(count, 500, seededBytes('here'))]);
    expect([...source.sample(9, 500, seededBytes('here'))]).toEqual([...exactNoise(numerics)(9, 500, seededBytes('here'))]);
  });
});
