/**
 * The shared memory through which a lot thread receives its part of a lot and returns the part's clipped sum, and that thread's side of it
 * (lot-threads.ts has the other). Rows and parameters are shared too; each thread has its own numerics. One request at a time: words, lot
 * and units are written before the request's number, the sum before the same number under DONE.
 */
import type { Clipping, Model, ModelSpec, Numerics, Rows } from '#wasm/numerics';

/** What a lot thread is given once, at its start. All arrays are views of shared memory. */
export interface LotOrder {
  readonly spec: ModelSpec;
  /** Most rows of one unit of privacy. */
  readonly unitRows: number;
  readonly rows: Rows;
  readonly parameters: Float32Array;
  /** From `lotMemory`. */
  readonly memory: SharedArrayBuffer;
}

/** Part of a lot: the rows of whole units. */
export interface LotPart {
  readonly lot: Int32Array;
  readonly clipping: Clipping;
  readonly dropoutSeed: number;
  /** When it changes, the thread reads the parameters again. */
  readonly version: number;
}

/** Request numbers, from 1; STOP ends the thread. */
export const REQUEST = 0;
const DONE = 16;
export const STOP = -1;
/** Set once the thread is up. */
export const READY = 17;
const FAILED = 18;
const WITHIN = 19;
const LOT_LENGTH = 32;
/** -1: each row is its own unit. */
const UNIT_COUNT = 33;
const GRID_BITS = 34;
const PER_LAYER = 35;
const SEED = 36;
const VERSION = 37;
/** A float64, so its word index is even. */
const CLIP = 38;
const HEADER = 64;
/** How often a thread reads a word before it sleeps on it: about 50 microseconds. */
const SPINS = 20_000;
/** Rows that usually come at once. */
export const LOT_ROWS = 4096;

export interface LotBlock {
  readonly words: Int32Array;
  readonly clip: Float64Array;
  /** Room for every row once, and for as many units. */
  readonly lot: Int32Array;
  readonly units: Int32Array;
  /** d */
  readonly steps: Int32Array;
}

/** @returns zeroed memory for lots out of `rowCount` rows and sums of d coordinates */
export function lotMemory(rowCount: number, d: number): SharedArrayBuffer {
  return new SharedArrayBuffer(4 * (HEADER + 2 * rowCount + d));
}

export function lotBlock(memory: SharedArrayBuffer, d: number): LotBlock {
  const rowCount = (memory.byteLength / 4 - HEADER - d) / 2;
  return {
    words: new Int32Array(memory, 0, HEADER),
    clip: new Float64Array(memory, 4 * CLIP, 1),
    lot: new Int32Array(memory, 4 * HEADER, rowCount),
    units: new Int32Array(memory, 4 * (HEADER + rowCount), rowCount),
    steps: new Int32Array(memory, 4 * (HEADER + 2 * rowCount), d),
  };
}

/** Hands the next request to the thread. @returns its number */
export function request({ words, clip, ...block }: LotBlock, { lot, clipping, dropoutSeed, version }: LotPart): number {
  block.lot.set(lot);
  if (clipping.units !== undefined) block.units.set(clipping.units);
  words[LOT_LENGTH] = lot.length;
  words[UNIT_COUNT] = clipping.units?.length ?? -1;
  words[GRID_BITS] = clipping.gridBits;
  words[PER_LAYER] = Number(clipping.perLayer ?? false);
  words[SEED] = dropoutSeed;
  words[VERSION] = version;
  clip[0] = clipping.clip;
  const number = words[REQUEST]! + 1;
  Atomics.store(words, REQUEST, number);
  Atomics.notify(words, REQUEST);
  return number;
}

/**
 * Waits for the answer to a request; not on a page's main thread. Adds the part's sum to `into` and zeroes it.
 * @returns units that were within C; null if no answer came within `ms`, or the thread failed
 */
export function collect({ words, steps }: LotBlock, number: number, ms: number, into: Int32Array): number | null {
  const until = performance.now() + ms;
  for (let spin = 0; Atomics.load(words, DONE) !== number;) {
    if (spin++ < SPINS) continue;
    const left = until - performance.now();
    if (left <= 0) return null;
    Atomics.wait(words, DONE, number - 1, left);
  }
  if (words[FAILED] !== 0) return null;
  for (let i = 0; i < into.length; i++) into[i]! += steps[i]!;
  steps.fill(0);
  return words[WITHIN]!;
}

/** Serves requests until STOP, and sleeps in between. @throws whatever a part throws, after reporting it to the caller */
export function serveLots(order: LotOrder, numerics: Numerics): void {
  const { spec, rows, parameters } = order;
  const d = spec.network.parameterCount;
  const block = lotBlock(order.memory, d);
  const { words } = block;
  const model = numerics.model(spec, LOT_ROWS, order.unitRows);
  const sum = new Int32Array(d);
  let [done, version] = [0, 0];
  Atomics.store(words, READY, 1);
  try {
    for (;;) {
      const number = nextRequest(words, done);
      if (number === STOP) return;
      if (words[VERSION] !== version) model.setParameters(parameters);
      version = words[VERSION]!;
      answer(model, rows, block, sum);
      block.steps.set(sum);
      sum.fill(0);
      done = number;
      Atomics.store(words, DONE, done);
      Atomics.notify(words, DONE);
    }
  } catch (error) {
    words[FAILED] = 1;
    Atomics.store(words, DONE, Atomics.load(words, REQUEST));
    Atomics.notify(words, DONE);
    throw error;
  } finally {
    // The sums of a part are as private as its rows.
    sum.fill(0);
    block.steps.fill(0);
    model.free();
  }
}

function nextRequest(words: Int32Array, done: number): number {
  for (let spin = 0; ; spin++) {
    const number = Atomics.load(words, REQUEST);
    if (number !== done) return number;
    if (spin >= SPINS) Atomics.wait(words, REQUEST, done);
  }
}

function answer(model: Model, rows: Rows, { words, clip, lot, units }: LotBlock, into: Int32Array<ArrayBuffer>): void {
  const unitCount = words[UNIT_COUNT]!;
  model.seedDropout(words[SEED]!);
  // Copies, so that nobody changes them while the numerics run.
  const clipping: Clipping = {
    clip: clip[0]!,
    gridBits: words[GRID_BITS]!,
    perLayer: words[PER_LAYER] === 1,
    ...(unitCount < 0 ? {} : { units: units.slice(0, unitCount) }),
  };
  words[WITHIN] = model.clippedSum(rows, lot.slice(0, words[LOT_LENGTH]), clipping, into).within;
}
