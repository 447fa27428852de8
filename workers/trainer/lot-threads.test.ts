/** A lot among threads: the bits of one thread, whole units, and what remains when a thread fails or rows are released. */
import { Worker } from 'node:worker_threads';
import { afterEach, beforeAll, describe, expect, test, vi } from 'vitest';
import { flat, perceptron, planNetwork, type Network } from '#protocol/model/architecture';
import { buildWasm } from '#wasm/build';
import { loadNumerics } from '#wasm/load-node';
import type { Clipping, Model, Numerics, Rows } from '#wasm/numerics';
import { seededParameters, uniform } from '#wasm/seeded-run.fixture';
import { REQUEST, type LotOrder } from './lot-block.ts';
import { LotThreads, type StartLotThread } from './lot-threads.ts';
import type { Fault } from './lot-threads.fixture.ts';

let numerics: Numerics;
beforeAll(async () => {
  await buildWasm();
  numerics = await loadNumerics();
});

const ROWS = 600;
const CLIPPING: Clipping = { clip: 0.3, gridBits: 16 };
const MLP = planNetwork(flat(19), perceptron([19, 33, 5], 'tanh'));
const CNN = planNetwork({ height: 6, width: 6, channels: 1 }, [
  { kind: 'conv2d', inChannels: 1, outChannels: 4, kernel: [3, 3], stride: [1, 1], padding: [1, 1] },
  { kind: 'group-norm', channels: 4, groups: 2 },
  { kind: 'tanh' },
  { kind: 'dropout', rate: 0.3 },
  { kind: 'max-pool', kernel: [2, 2], stride: [2, 2] },
  { kind: 'flatten' },
  { kind: 'dense', inputs: 36, outputs: 5 },
]);

const workers = new Set<Worker>();
const open: LotThreads[] = [];
afterEach(async () => {
  for (const threads of open.splice(0)) threads.close();
  await Promise.all([...workers].map((worker) => worker.terminate()));
  workers.clear();
});

function rowsOf(network: Network, seed = 7, count = ROWS): Rows {
  const draw = uniform(seed);
  const { height, width, channels } = network.input;
  const x = Float32Array.from({ length: count * height * width * channels }, () => 2 * draw() - 1);
  return { x, y: Int32Array.from({ length: count }, () => Math.floor(5 * draw())) };
}

/** A lot thread in Node for each fault, in order; `orders` has what they were given, `ended` how many were ended by force. */
function inNode(faults: readonly Fault[]) {
  const orders: LotOrder[] = [];
  const seen = { orders, ended: 0, deaths: [] as (() => void)[] };
  const start: StartLotThread = (order, died) => {
    const worker = new Worker(new URL('./lot-threads.fixture.ts', import.meta.url), {
      workerData: { order, fault: faults[orders.length] ?? 'none' },
    });
    worker.on('error', () => {}); // a page's thread reports this in an event, too late for a lot
    workers.add(worker);
    orders.push(order);
    seen.deaths.push(died);
    return () => {
      seen.ended++;
      void worker.terminate();
    };
  };
  return { start, seen };
}

/** Longer than a busy machine delays a correct thread, for tests where none may be dropped. */
const LONG_MS = 60_000;

/** Few enough that lots of these small networks are shared. */
const PART_ROWS = 32;

async function opened(network: Network, faults: readonly Fault[], { unitRows = 1, leastMs = LONG_MS, rowCount = ROWS } = {}) {
  const model = numerics.model({ network, loss: 'cross-entropy' }, ROWS, unitRows);
  const { start, seen } = inNode(faults);
  const threads = new LotThreads(model, unitRows, start, { times: 0, leastMs }, PART_ROWS);
  open.push(threads);
  threads.use(1 + faults.length);
  threads.hold(rowsOf(network, 7, rowCount));
  await vi.waitFor(() => expect(threads.count).toBe(1 + faults.length), { timeout: 60_000 });
  return { threads, model, seen };
}

function lotOf(share: number, seed: number): Int32Array {
  const draw = uniform(seed);
  return Int32Array.from({ length: ROWS }, (_, row) => row).filter(() => draw() < share);
}

/** Computed by one thread, from rows that nobody shares. */
function alone(model: Model, parameters: Float32Array, lot: Int32Array, clipping: Clipping, seed = 0) {
  const one = numerics.model(model.spec, ROWS, 64);
  one.setParameters(parameters);
  one.seedDropout(seed);
  const sum = one.clippedSum(rowsOf(model.spec.network), lot, clipping);
  one.free();
  return sum;
}

describe('a lot among threads', () => {
  test.each([
    ['perceptron', MLP, { clip: 3 }],
    ['convolutions with dropout', CNN, { clip: 3 }],
    ['perceptron, layer by layer', MLP, { clip: 4, perLayer: true }],
  ])('has exactly the sum of one thread: %s', async (_, network, options) => {
    const { threads, model } = await opened(network, ['none', 'none']);
    for (let step = 1; step <= 6; step++) {
      const parameters = seededParameters(model.parameterCount, 0.4, uniform(step));
      const lot = lotOf(step === 5 ? 0.06 : 0.7, step);
      threads.setParameters(parameters);
      threads.seedDropout(step);
      const into = new Int32Array(model.parameterCount).fill(9);
      const sum = threads.clippedSum(lot, { ...CLIPPING, ...options }, into);
      expect(sum).toEqual(alone(model, parameters, lot, { ...CLIPPING, ...options }, step));
      expect(sum.within).toBeGreaterThan(0);
      expect(sum.within).toBeLessThan(lot.length);
    }
    expect(threads.count).toBe(3);
  });

  test('never cuts a unit: sums equal those of one thread, whatever the units’ lengths', async () => {
    const { threads, model } = await opened(MLP, ['none', 'none'], { unitRows: 64 });
    const parameters = seededParameters(model.parameterCount, 0.4, uniform(3));
    threads.setParameters(parameters);
    for (const lengths of [[64, 1, 1, 60, 3, 64, 64, 7], Array.from({ length: 40 }, (_, i) => 1 + (i % 9)), [60, 60]]) {
      const units = Int32Array.from(lengths);
      const lot = Int32Array.from({ length: units.reduce((a, b) => a + b) }, (_, i) => (i * 7) % ROWS);
      const sum = threads.clippedSum(lot, { ...CLIPPING, units }, new Int32Array(model.parameterCount));
      expect(sum).toEqual(alone(model, parameters, lot, { ...CLIPPING, units }));
    }
    expect(threads.count).toBe(3);
  });

  test('is refused as by one thread for faults that no part would see: a repeated row, units that do not match the lot', async () => {
    const { threads, model } = await opened(MLP, ['none']);
    const into = new Int32Array(model.parameterCount);
    const twice = Int32Array.from({ length: 200 }, (_, i) => i % 199);
    expect(() => threads.clippedSum(twice, CLIPPING, into)).toThrow(/at most once/);
    const all = Int32Array.from({ length: ROWS }, (_, i) => i);
    const units = new Int32Array(100).fill(5);
    expect(() => threads.clippedSum(all, { ...CLIPPING, units }, into)).toThrow(/units/);
    expect(() =>
      threads.clippedSum(
        Int32Array.from({ length: 200 }, (_, i) => i + 500),
        CLIPPING,
        into,
      ),
    ).toThrow(/below 600/);
    expect(threads.count).toBe(2);
  });

  test('is refused if the whole sum could exceed 32 bits, even if no part could', async () => {
    const { threads, model } = await opened(planNetwork(flat(1), perceptron([1, 5], 'tanh')), ['none'], { rowCount: 2100 });
    const into = new Int32Array(model.parameterCount);
    const lot = (length: number) => Int32Array.from({ length }, (_, i) => i);
    expect(() => threads.clippedSum(lot(2048), { clip: 1, gridBits: 20 }, into)).toThrow(/at most 2047 examples/);
    expect(() => threads.clippedSum(lot(2047), { clip: 1, gridBits: 20 }, into)).not.toThrow();
  });

  test('is computed in one thread if there is no other, and if it is short', async () => {
    const model = numerics.model({ network: MLP, loss: 'cross-entropy' }, ROWS);
    const threads = new LotThreads(model, 1, null);
    open.push(threads);
    threads.use(4);
    threads.hold(rowsOf(MLP));
    const parameters = seededParameters(model.parameterCount, 0.4, uniform(1));
    threads.setParameters(parameters);
    const lot = lotOf(0.5, 1);
    expect(threads.clippedSum(lot, CLIPPING, new Int32Array(model.parameterCount))).toEqual(alone(model, parameters, lot, CLIPPING));
    expect([threads.count, threads.rows?.x.buffer instanceof SharedArrayBuffer]).toEqual([1, false]);
  });
});

test('a lot of little work is computed in one thread, one of as many rows and more work in two', async () => {
  const lot = Int32Array.from({ length: 100 }, (_, i) => i);
  for (const [inputs, requests] of [
    [19, 0],
    [2000, 1],
  ] as const) {
    const network = planNetwork(flat(inputs), perceptron([inputs, 33, 5], 'tanh'));
    const model = numerics.model({ network, loss: 'cross-entropy' }, 100);
    const { start, seen } = inNode(['none']);
    const threads = new LotThreads(model, 1, start, { times: 0, leastMs: LONG_MS });
    open.push(threads);
    threads.use(2);
    threads.hold(rowsOf(network, 7, 100));
    await vi.waitFor(() => expect(threads.count).toBe(2), { timeout: 60_000 });
    threads.setParameters(seededParameters(model.parameterCount, 0.1, uniform(1)));
    threads.clippedSum(lot, CLIPPING, new Int32Array(model.parameterCount));
    expect(new Int32Array(seen.orders[0]!.memory)[REQUEST]).toBe(requests);
  }
});

describe('a thread that fails', () => {
  test.each<Fault>(['dies', 'hangs', 'throws', 'slow'])('and %s is dropped, its part computed here, and nothing lost', async (fault) => {
    const { threads, model, seen } = await opened(MLP, ['none', fault], { leastMs: 3000 });
    for (let step = 1; step <= 4; step++) {
      const parameters = seededParameters(model.parameterCount, 0.4, uniform(step));
      threads.setParameters(parameters);
      const lot = lotOf(0.7, step);
      const sum = threads.clippedSum(lot, CLIPPING, new Int32Array(model.parameterCount));
      expect(sum).toEqual(alone(model, parameters, lot, CLIPPING));
      expect(threads.count).toBe(step < 2 ? 3 : 2);
      if (step === 2 && fault === 'slow') await new Promise((resolve) => setTimeout(resolve, 4000)); // a late answer would come now
    }
    expect(seen.ended).toBe(1);
  });

  test('before it is ready is never asked', async () => {
    const { start, seen } = inNode(['none']);
    const model = numerics.model({ network: MLP, loss: 'cross-entropy' }, ROWS);
    const threads = new LotThreads(model, 1, start);
    open.push(threads);
    threads.use(2);
    threads.hold(rowsOf(MLP));
    seen.deaths[0]!();
    const parameters = seededParameters(model.parameterCount, 0.4, uniform(1));
    threads.setParameters(parameters);
    const lot = lotOf(0.7, 1);
    expect(threads.clippedSum(lot, CLIPPING, new Int32Array(model.parameterCount))).toEqual(alone(model, parameters, lot, CLIPPING));
    expect([threads.count, seen.ended]).toEqual([1, 1]);
  });
});

describe('rows', () => {
  test('are zeroed in shared memory on release, with sums and lots; the threads end', async () => {
    const { threads, model, seen } = await opened(MLP, ['none']);
    threads.setParameters(seededParameters(model.parameterCount, 0.4, uniform(1)));
    threads.clippedSum(lotOf(0.7, 1), CLIPPING, new Int32Array(model.parameterCount));
    const [{ rows, memory }] = seen.orders as [LotOrder];
    expect(rows.x.some((value) => value !== 0)).toBe(true);
    const gone = Promise.all([...workers].map((worker) => new Promise((resolve) => worker.once('exit', resolve))));
    threads.hold(undefined);
    expect([rows.x.every((value) => value === 0), rows.y.every((value) => value === 0)]).toEqual([true, true]);
    await gone;
    expect(new Int32Array(memory).subarray(64).every((word) => word === 0)).toBe(true);
    expect(() => threads.clippedSum(lotOf(0.7, 1), CLIPPING, new Int32Array(model.parameterCount))).toThrow('hold');
  });

  test('replace earlier ones completely', async () => {
    const { threads, model, seen } = await opened(MLP, ['none']);
    const parameters = seededParameters(model.parameterCount, 0.4, uniform(1));
    threads.setParameters(parameters);
    threads.hold(rowsOf(MLP, 8));
    expect(seen.orders[0]!.rows.x.every((value) => value === 0)).toBe(true);
    await vi.waitFor(() => expect(threads.count).toBe(2), { timeout: 60_000 });
    const into = new Int32Array(model.parameterCount);
    const one = numerics.model(model.spec, ROWS);
    one.setParameters(parameters);
    expect(threads.clippedSum(lotOf(0.7, 1), CLIPPING, into)).toEqual(one.clippedSum(rowsOf(MLP, 8), lotOf(0.7, 1), CLIPPING));
  });

  test('stay the same when the number of threads changes', async () => {
    const { threads, model, seen } = await opened(MLP, ['none']);
    const parameters = seededParameters(model.parameterCount, 0.4, uniform(1));
    threads.setParameters(parameters);
    for (const count of [1, 3]) {
      threads.use(count);
      await vi.waitFor(() => expect(threads.count).toBe(count), { timeout: 60_000 });
      const sum = threads.clippedSum(lotOf(0.7, count), CLIPPING, new Int32Array(model.parameterCount));
      expect(sum).toEqual(alone(model, parameters, lotOf(0.7, count), CLIPPING));
    }
    expect(seen.orders.length).toBe(3);
  });
});
