/**
 * The contenders of `npm run prove -- bench:step` and their timing; the same file runs in a page and in Node. An MLP 784-128-10 (ReLU,
 * cross-entropy) takes one training step on a lot of 64 and of 256 rows out of 4,096 dense random ones.
 * Before timing, every contender's gradient is compared with the oracle's (step-check.ts).
 */
import { sigmaOnGrid } from '#protocol/privacy/noise/discrete-gaussian';
import type { AddNoise } from '#protocol/privacy/noise/noisy-update';
import { createNumerics } from '#wasm/core';
import type { Model, Numerics, Rows } from '#wasm/numerics';
import { fusedFrom } from '#wasm/relaxed';
import { openMlp, seededParameters, seededRows, uniform } from '#wasm/seeded-run.fixture';
import { exactNoise } from '#workers/trainer/exact-noise';
import type { StartNoise } from '#workers/trainer/noise-ahead';
import { takeTurns, takeTurnsWaiting, type Contenders } from './alternate.ts';
import { openNoisyStep } from './float-noise.ts';
import { jaxBatch, jaxMlp, startJax } from './jax-mlp.ts';
import { plainMlp } from './plain-mlp.ts';
import { ringSteps, type RingSteps } from './ring-steps.ts';
import { checkNormals } from './normal-check.ts';
import { checkBuild, checkJax, checkPlain, checkTfjs, type Task } from './step-check.ts';
import { startTfjs, TFJS_WAYS, tfjsBatch, tfjsMlp } from './tfjs-mlp.ts';

/** Compiled files that a run needs, without .wasm: our two builds, and the bench's own noise for each. */
export const WASM_FILES = ['core', 'core-relaxed', 'float-noise', 'float-noise-relaxed'] as const;

export interface Assets {
  readonly wasm: Readonly<Record<(typeof WASM_FILES)[number], BufferSource>>;
  /** URL or path of the folder with tfjs's .wasm files. */
  readonly tfjsFiles: string;
  readonly startNoise: StartNoiseThread;
  /** Where there is none, jax-js does not take part. */
  readonly page: boolean;
}

/** A thread that has compiled these numerics, and waits for its order. */
export type StartNoiseThread = (wasm: BufferSource) => Promise<StartNoise>;

/** @param read a file's bytes by its name */
export async function assetsFrom(
  read: (name: string) => Promise<BufferSource>,
  tfjsFiles: string,
  startNoise: StartNoiseThread,
  page = false,
): Promise<Assets> {
  const files = await Promise.all(WASM_FILES.map(async (name) => [name, await read(name)] as const));
  return { wasm: Object.fromEntries(files) as unknown as Assets['wasm'], tfjsFiles, startNoise, page };
}

export interface Measured {
  readonly lot: number;
  /**
   * Milliseconds of one step in each turn, by contender: `plain.` and `relaxed.` are our builds, `tfjs.` and `jax.` the peers' variants,
   * `js` plain loops. SGD steps that alternated with peers end in ` beside …`; with jax-js, both start from prepared batches.
   */
  readonly turns: Readonly<Record<string, readonly number[]>>;
  /** Distance of each gradient from the oracle's, relative, in L2. */
  readonly error: Readonly<Record<string, number>>;
  /** Private steps with noise from a ring, of the build for training. */
  readonly ring: RingSteps;
}

const LOTS = [64, 256] as const;
const ROWS = 4096;
/** Different lots alternate, so that no contender trains on cached rows. */
const LOTS_IN_TURN = 8;
/** Small enough that hundreds of steps stay in one regime. */
const RATE = 1e-4;
const SIGMA = 1;

/** In a page. */
export async function run(origin: string): Promise<Measured[]> {
  const read = async (name: string): Promise<ArrayBuffer> => (await fetch(`${origin}/wasm/${name}.wasm`)).arrayBuffer();
  return measureAll(await assetsFrom(read, `${origin}/tfjs/`, noiseWorker(`${origin}/scripts/noise-filler.js`), true));
}

function noiseWorker(script: string): StartNoiseThread {
  return async (wasm) => {
    const thread = new Worker(script, { type: 'module' });
    await new Promise<void>((resolve, reject) => {
      thread.addEventListener('message', () => resolve(), { once: true });
      thread.addEventListener('error', ({ message }) => reject(new Error(`the noise thread: ${message}`)), { once: true });
      thread.postMessage(wasm);
    });
    return (order) => thread.postMessage(order);
  };
}

interface Build {
  readonly name: 'plain' | 'relaxed';
  readonly numerics: Numerics;
  readonly noise: BufferSource;
}

export async function measureAll({ wasm, tfjsFiles, startNoise, page }: Assets): Promise<Measured[]> {
  await startTfjs(tfjsFiles);
  if (page) await startJax();
  const plain = await createNumerics(await WebAssembly.compile(wasm.core));
  const relaxed = await fusedFrom(() => Promise.resolve(wasm['core-relaxed']));
  const builds: Build[] = [{ name: 'plain', numerics: plain, noise: wasm['float-noise'] }];
  if (relaxed !== null) builds.push({ name: 'relaxed', numerics: relaxed, noise: wasm['float-noise-relaxed'] });
  const draw = uniform(1607);
  const spec = { sizes: [784, 128, 10], activation: 'relu', loss: 'cross-entropy' } as const;
  const rows = seededRows(spec, ROWS, draw) as Task['rows'];
  const start = seededParameters(785 * 128 + 129 * 10, 0.05, draw);
  const task: Task = { spec, rows, start, clip: 1, gridBits: 16 };
  const measured: Measured[] = [];
  for (const size of LOTS) {
    const lots = Array.from({ length: LOTS_IN_TURN }, () => drawLot(size, draw));
    measured.push(await measure(builds, task, lots, await startNoise(wasm.core), page));
  }
  return measured;
}

async function measure(
  builds: readonly Build[],
  task: Task,
  lots: readonly Int32Array[],
  startNoise: StartNoise,
  page: boolean,
): Promise<Measured> {
  const lot = lots[0]!;
  const error: Record<string, number> = { js: checkPlain(task, lot), ...checkTfjs(task, lot) };
  const turns: Record<string, number[]> = {};
  const { rows, start, clip, gridBits, spec } = task;
  let turn = 0;
  const next = (): number => turn++ % lots.length;
  const models: Model[] = [];
  for (const { name, numerics, noise: floatNoise } of builds) {
    Object.assign(error, prefixed(name, checkBuild(numerics, task, lot)));
    const model = openMlp(numerics, spec, lot.length);
    model.setParameters(start);
    models.push(model);
    const [sum, update] = [new Int32Array(model.parameterCount), new Int32Array(model.parameterCount)];
    const noisy = await openNoisyStep(floatNoise, start, { clip, gridBits, sigma: SIGMA, rate: RATE });
    checkNormals(noisy.normals());
    const noise = exactNoise(numerics);
    const steps = {
      sgd: () => void model.sgdStep(rows, lots[next()]!, RATE),
      clip: () => void model.clippedSum(rows, lots[next()]!, { clip, gridBits }, sum),
      float: () => noisy.step(model, rows, lots[next()]!),
      exact: () => privateStep(model, noise.add, lots[next()]!, task, sum, update),
    } satisfies Contenders;
    Object.assign(turns, prefixed(name, takeTurns(steps, { turns: 41, turnMs: 15 })));
    noise.release();
  }
  const sgd = Object.fromEntries(
    models.map((model, i) => [`${builds[i]!.name}.sgd beside tfjs`, () => void model.sgdStep(rows, lots[next()]!, RATE)]),
  );
  const peer = tfjsMlp(spec.sizes, start, RATE);
  const batches = lots.map((one) => tfjsBatch(rows.x, rows.y, one, spec.sizes[0], spec.sizes[2]));
  const ways = Object.fromEntries(TFJS_WAYS.map((way) => [`tfjs.${way}`, () => peer.step(way, batches[next()]!)]));
  const js = plainMlp(spec.sizes, start, rows.x, rows.y);
  Object.assign(turns, takeTurns({ ...sgd, ...ways, js: () => js.step(lots[next()]!, RATE) }, { turns: 21, turnMs: 25 }));
  Object.assign(turns, takeTurns({ 'tfjs.dp': () => peer.privateStep(batches[next()]!, clip, SIGMA) }, { turns: 5, turnMs: 1 }));
  peer.dispose();
  for (const { x, y } of batches) {
    x.dispose();
    y.dispose();
  }
  const ours = { numerics: builds.at(-1)!.numerics, model: models.at(-1)! };
  const ring = await measureRing(ours, task, () => lots[next()]!, startNoise);
  if (page) {
    Object.assign(error, await checkJax(task, lot));
    Object.assign(turns, await measureJax(ours.model, task, lots));
  }
  for (const model of models) model.free();
  return { lot: lot.length, turns, error, ring };
}

type Ours = { readonly numerics: Numerics; readonly model: Model };

async function measureRing({ numerics, model }: Ours, task: Task, nextLot: () => Int32Array, start: StartNoise): Promise<RingSteps> {
  const { rows, gridBits } = task;
  const count = model.parameterCount;
  const [sum, update] = [new Int32Array(count), new Int32Array(count)];
  return ringSteps(
    numerics,
    start,
    { count, sigma: sigmaOnGrid(SIGMA, gridBits) },
    () => void model.sgdStep(rows, nextLot(), RATE),
    (add) => privateStep(model, add, nextLot(), task, sum, update),
  );
}

async function measureJax(model: Model, { spec, rows, start }: Task, lots: readonly Int32Array[]): Promise<Record<string, number[]>> {
  const [thread, pool] = [jaxMlp(spec.sizes, start, RATE), jaxMlp(spec.sizes, start, RATE)];
  const batches = lots.map((one) => jaxBatch(rows.x, rows.y, one, spec.sizes[0], spec.sizes[2]));
  const ready = lots.map((one) => rowsOf(rows, one, spec.sizes[0]));
  const all = Int32Array.from(lots[0]!, (_, m) => m);
  let turn = 0;
  const next = (): number => turn++ % lots.length;
  const ours = (): void => void model.sgdStep(ready[next()]!, all, RATE);
  const pace = { turns: 41, turnMs: 30 };
  // Each of its variants alternates only with ours, so that they do not share caches.
  const ways = { thread: () => thread.step(batches[next()]!), pool: () => pool.stepInPool(batches[next()]!) };
  const turns: Record<string, number[]> = {};
  for (const [way, step] of Object.entries(ways)) {
    Object.assign(turns, await takeTurnsWaiting({ [`sgd beside jax.${way}`]: ours, [`jax.${way}`]: step }, pace));
  }
  for (const peer of [thread, pool]) peer.dispose();
  for (const { x, y } of batches) {
    x.dispose();
    y.dispose();
  }
  return turns;
}

/** As the trainer makes an update: clipped sum, and exact discrete noise, in memory that is used again. */
function privateStep(
  model: Model,
  add: AddNoise,
  lot: Int32Array,
  { rows, clip, gridBits }: Task,
  sum: Int32Array<ArrayBuffer>,
  update: Int32Array<ArrayBuffer>,
): void {
  model.clippedSum(rows, lot, { clip, gridBits }, sum);
  add(sum, sigmaOnGrid(SIGMA, gridBits), (into) => crypto.getRandomValues(into), update);
  sum.fill(0);
}

const prefixed = <T>(name: string, values: Readonly<Record<string, T>>): Record<string, T> =>
  Object.fromEntries(Object.entries(values).map(([key, value]) => [`${name}.${key}`, value]));

/** A lot's rows, contiguous. */
function rowsOf({ x, y }: Task['rows'], lot: Int32Array, inputs: number): Rows {
  const batch = { x: new Float32Array(lot.length * inputs), y: Int32Array.from(lot, (row) => y[row]!) };
  for (const [m, row] of lot.entries()) batch.x.set(x.subarray(row * inputs, (row + 1) * inputs), m * inputs);
  return batch;
}

/** Rows of a lot, each once. */
function drawLot(size: number, draw: () => number): Int32Array {
  const chosen = new Set<number>();
  while (chosen.size < size) chosen.add(Math.floor(draw() * ROWS));
  return Int32Array.from(chosen);
}
