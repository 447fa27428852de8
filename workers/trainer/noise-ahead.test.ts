/** Noise from a ring and from the trainer itself, as one source: the distribution, which part comes from where, and how each ends. */
import { beforeAll, describe, expect, test } from 'vitest';
import { goodnessOfFit, momentFaults, momentsOf, samplesOf } from '#protocol/privacy/noise/gaussian-suite';
import type { RandomFill } from '#protocol/privacy/noise/random-words';
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

const device: RandomFill = (into) => crypto.getRandomValues(into);
const never: RandomFill = () => expect.unreachable('the trainer makes no noise itself');

const here = (count: number, sigma: number, random: RandomFill) => samplesOf(exactNoise(numerics).add, count, sigma, random);
const drawn = (source: NoiseSource, count: number, sigma: number, random: RandomFill) => samplesOf(source.add, count, sigma, random);

/** A thread that runs on demand, within this one. */
function byHand() {
  const orders: NoiseOrder[] = [];
  let died = (): void => {};
  const start: StartNoise = (order, onDeath) => {
    orders.push(order);
    died = onDeath;
  };
  /** As fillRing, but without sleeping. @returns the samples that were written */
  const fill = (random: RandomFill = device, blocks = Infinity): number[] => {
    const { memory, sigma } = orders.at(-1)!;
    const ring = ringWriter(memory);
    const made: number[] = [];
    for (let i = 0; i < blocks && ring.room() >= RING_BLOCK; i++) {
      const samples = here(RING_BLOCK, sigma, random);
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
    all.set(drawn(source, Math.min(count, n - at), sigma, never), at);
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
    const [ahead, own] = [seededBytes('ahead'), seededBytes('here')];
    const all = new Int32Array(50 * 2 * RING_BLOCK);
    for (let at = 0; at < all.length; at += 2 * RING_BLOCK) {
      hand.fill(ahead, 1);
      all.set(drawn(source, 2 * RING_BLOCK, 72_090, own), at);
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
    expect([...drawn(source, 3000, 500, never)]).toEqual(made.slice(0, 3000));
    const samples = [...drawn(source, RING_BLOCK, 500, seededBytes('rest'))];
    expect(samples.slice(0, RING_BLOCK - 3000)).toEqual(made.slice(3000));
    expect(samples.slice(RING_BLOCK - 3000)).toEqual([...here(3000, 500, seededBytes('rest'))]);
  });

  test('with an empty ring, none, or one of another deviation, all of it is made here', () => {
    const own = [...here(200, 500, seededBytes('here'))];
    const hand = byHand();
    const source = noiseAhead(numerics, hand.start);
    expect([...drawn(source, 200, 500, seededBytes('here'))]).toEqual(own);
    source.prepare(200, 500);
    expect([...drawn(source, 200, 500, seededBytes('here'))]).toEqual(own);
    source.prepare(200, 400);
    hand.fill();
    expect([...drawn(source, 200, 500, seededBytes('here'))]).toEqual(own);
    expect([...drawn(noiseAhead(numerics, null), 200, 500, seededBytes('here'))]).toEqual(own);
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

  test('all of it is made here where that is asked for, and the ring keeps what it has', () => {
    const hand = byHand();
    const source = noiseAhead(numerics, hand.start);
    source.prepare(100, 500);
    const made = hand.fill(device, 1);
    expect(samplesOf(source.addHere, 200, 500, seededBytes('here'))).toEqual(here(200, 500, seededBytes('here')));
    expect([...drawn(source, 100, 500, never)]).toEqual(made.slice(0, 100));
  });

  test('a stop zeroes the ring; noise is made here until the next prepare', () => {
    const hand = byHand();
    const source = noiseAhead(numerics, hand.start);
    source.prepare(100, 500);
    hand.fill();
    source.stop();
    expect(hand.slots(0).every((slot) => slot === 0)).toBe(true);
    expect(drawn(source, 10, 500, device).length).toBe(10);
    source.prepare(100, 500);
    expect(hand.orders.length).toBe(2);
  });
});

describe('a sum', () => {
  test('is left as it was, and gets each sample where it belongs', () => {
    const hand = byHand();
    const source = noiseAhead(numerics, hand.start);
    source.prepare(100, 500);
    const made = hand.fill(device, 1);
    const sum = new Int32Array(1003).map((_, i) => 1000 * i);
    const into = new Int32Array(1003);
    source.add(sum, 500, never, into);
    expect([...into]).toEqual([...sum].map((value, i) => value + made[i]!));
    expect([...sum]).toEqual(Array.from({ length: 1003 }, (_, i) => 1000 * i));
  });

  test.each([2 ** 31 - 1, -(2 ** 31)])('of %d that would wrap around is refused, wherever it stands', (value) => {
    const hand = byHand();
    const source = noiseAhead(numerics, hand.start);
    source.prepare(100, 500);
    hand.fill();
    for (const place of [0, 5, 8]) {
      const sum = new Int32Array(9);
      sum[place] = value;
      // Half of the samples make it wrap around.
      const add = () => {
        for (let i = 0; i < 60; i++) source.add(sum, 500, never, new Int32Array(9));
      };
      const field = `vector.${place}`;
      expect(add).toThrow(expect.objectContaining({ code: 'out-of-bound', detail: expect.objectContaining({ field }) }));
    }
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
    const own = [...here(200, 500, seededBytes('here'))];
    expect([...drawn(source, 200, 500, seededBytes('here'))]).toEqual(own);
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
    // The gap is found at its end, when sums before it have been noised: they are noised anew.
    expect([...drawn(source, count, 500, seededBytes('here'))]).toEqual([...here(count, 500, seededBytes('here'))]);
    expect([...drawn(source, 9, 500, seededBytes('here'))]).toEqual([...here(9, 500, seededBytes('here'))]);
  });
});
