/** The noise thread in a real browser, over shared memory. Needs build/wasm (`npm run build:wasm`). */
import { afterEach, expect, test } from 'vitest';
import { momentFaults, momentsOf, samplesOf } from '#protocol/privacy/noise/gaussian-suite';
import type { RandomFill } from '#protocol/privacy/noise/random-words';
import { loadNumerics } from '#wasm/load-web';
import { noiseAhead, type NoiseOrder, type NoiseSource } from './trainer/noise-ahead.ts';
import { RING_BLOCK, ringReader } from './trainer/noise-ring.ts';
import { noiseThread } from './trainer/noise-thread.ts';

const SIGMA = 72_090;
const COUNT = 20_000;
const device: RandomFill = (into) => crypto.getRandomValues(into);
const never: RandomFill = () => expect.unreachable('the trainer makes no noise itself');

let opened: NoiseSource | undefined;
afterEach(() => opened?.stop());

/** A source with its real thread, and the orders that the thread got. */
async function open() {
  const start = noiseThread();
  expect(start, 'this page is isolated').not.toBeNull();
  const orders: NoiseOrder[] = [];
  const source = noiseAhead(await loadNumerics(), (order, died) => {
    orders.push(order);
    start!(order, died);
  });
  opened = source;
  return { source, orders };
}

async function full({ memory }: NoiseOrder, count: number): Promise<void> {
  await expect.poll(() => ringReader(memory).ready()).toBeGreaterThanOrEqual(count);
}

test('the thread fills the ring, and refills it as samples are taken; they have the distribution’s moments', async () => {
  const { source, orders } = await open();
  source.prepare(COUNT, SIGMA);
  const samples = new Int32Array(10 * COUNT);
  for (let at = 0; at < samples.length; at += COUNT) {
    await full(orders[0]!, COUNT);
    samples.set(samplesOf(source.add, COUNT, SIGMA, never), at);
  }
  expect(momentFaults(momentsOf(samples, SIGMA), SIGMA, samples.length)).toEqual([]);
});

test('a stop ends the thread in the middle of its work, and leaves zeros', async () => {
  const { source, orders } = await open();
  source.prepare(COUNT, SIGMA);
  await full(orders[0]!, RING_BLOCK);
  source.stop();
  const [words, slots] = [new Int32Array(orders[0]!.memory), new Int32Array(orders[0]!.memory, 4 * 64)];
  // A write in progress may end after the stop, and is then zeroed.
  const rests = async () => {
    const [written] = words;
    await new Promise((resolve) => setTimeout(resolve, 200));
    return words[0] === written && slots.every((slot) => slot === 0);
  };
  await expect.poll(rests).toBe(true);
  expect(await rests()).toBe(true);
});

test('another deviation gets another thread with its own ring', async () => {
  const { source, orders } = await open();
  source.prepare(COUNT, SIGMA);
  source.prepare(COUNT, 1000);
  await full(orders[1]!, COUNT);
  const samples = samplesOf(source.add, COUNT, 1000, never);
  expect(momentFaults(momentsOf(samples, 1000), 1000, COUNT)).toEqual([]);
  expect(new Int32Array(orders[0]!.memory, 4 * 64).every((slot) => slot === 0)).toBe(true);
});

test('a thread that cannot make noise is dropped, and noise is made here', async () => {
  const start = noiseThread()!;
  let deaths = 0;
  const source = noiseAhead(await loadNumerics(), (order, died) =>
    start({ ...order, sigma: -1 }, () => {
      deaths++;
      died();
    }),
  );
  source.prepare(COUNT, SIGMA);
  await expect.poll(() => deaths).toBe(1);
  expect(momentFaults(momentsOf(samplesOf(source.add, COUNT, SIGMA, device), SIGMA), SIGMA, COUNT)).toEqual([]);
});
