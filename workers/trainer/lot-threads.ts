/**
 * A lot shared among threads, data-parallel and without shared numerics: each thread sums the clipped gradients of some units, and this one
 * adds up. Sums are integers, so the result is bit for bit that of one thread, however the lot was split. A unit of privacy is never split.
 * A thread that dies, fails or does not answer in time is dropped and its part is computed here: only time is lost. Rows lie in shared
 * memory meanwhile, which is zeroed when they are released.
 */
import type { ClippedSum, Clipping, Model, Rows } from '#wasm/numerics';
import { checkClippedLot, checkParameters, countRows } from '#wasm/spec';
import { collect, lotBlock, lotMemory, READY, request, REQUEST, STOP, type LotBlock, type LotOrder } from './lot-block.ts';

/** Starts a thread that runs `serveLots`. @param died may be called when it ends by itself. @returns what ends it by force */
export type StartLotThread = (order: LotOrder, died: () => void) => () => void;

/** How long a thread may take for its part: a number of times what this one took for its own, and no less than a time. */
export interface Patience {
  readonly times: number;
  readonly leastMs: number;
}

interface Thread {
  readonly block: LotBlock;
  readonly end: () => void;
}

const PATIENCE: Patience = { times: 10, leastMs: 2000 };
/** Fewer rows than this for a thread are done sooner than handed over. */
const PART_ROWS_MIN = 32;

export class LotThreads {
  readonly #model: Model;
  readonly #unitRows: number;
  readonly #start: StartLotThread | null;
  readonly #patience: Patience;
  #wanted = 1;
  #rows: Rows | undefined;
  #shared: { readonly x: Float32Array; readonly y: Float32Array | Int32Array; readonly parameters: Float32Array } | undefined;
  #threads: Thread[] = [];
  #parameters: Float32Array | undefined;
  #version = 0;
  #stale = false;
  #seed = 0;

  /** @param start null where threads cannot share memory: everything is then done in this one */
  constructor(model: Model, unitRows: number, start: StartLotThread | null, patience: Patience = PATIENCE) {
    this.#model = model;
    this.#unitRows = unitRows;
    this.#start = start;
    this.#patience = patience;
  }

  /** Threads that the next lot can be shared among, this one included. */
  get count(): number {
    return 1 + this.#threads.filter(({ block }) => Atomics.load(block.words, READY) === 1).length;
  }

  /** The rows that lots are drawn from: those that were held, in shared memory where there are threads. */
  get rows(): Rows | undefined {
    return this.#rows;
  }

  /** Takes over rows that lots are drawn from; undefined gives them up. Shared memory of earlier ones is zeroed. */
  hold(rows: Rows | undefined): void {
    this.#release();
    this.#rows = rows;
    this.#run();
  }

  /** @param count threads from now on, this one included */
  use(count: number): void {
    if (count === this.#wanted) return;
    this.#wanted = count;
    for (const thread of this.#threads) this.#stop(thread);
    this.#run();
  }

  setParameters(parameters: Float32Array): void {
    checkParameters(parameters, this.#model.parameterCount);
    this.#parameters = parameters;
    this.#version++;
    this.#shared?.parameters.set(parameters);
    this.#stale = true;
  }

  /**
   * This thread's own, with the parameters that were set: they are laid out when they are needed, after the other threads were told of
   * their parts, so that all do it at the same time.
   */
  get model(): Model {
    if (this.#stale && this.#parameters !== undefined) this.#model.setParameters(this.#parameters);
    this.#stale = false;
    return this.#model;
  }

  seedDropout(seed: number): void {
    this.#model.seedDropout(seed);
    this.#seed = seed;
  }

  /** As the model's, over the rows that are held. @throws RangeError likewise */
  clippedSum(lot: Int32Array, clipping: Clipping, into: Int32Array<ArrayBuffer>): ClippedSum {
    const rows = this.#rows;
    if (rows === undefined) throw new RangeError('rows: expected hold() first');
    const ready = this.#threads.filter(({ block }) => Atomics.load(block.words, READY) === 1);
    const helpers = ready.slice(0, Math.max(0, Math.floor(lot.length / PART_ROWS_MIN) - 1));
    if (helpers.length === 0) return this.model.clippedSum(rows, lot, clipping, into);
    // Of the whole lot, which no part can see.
    const starts = checkClippedLot(this.#model.spec, rows, lot, clipping);
    const [own, ...others] = cut(lot, starts, clipping, helpers.length + 1);
    const asked = others.map((part, i) => {
      const thread = helpers[i]!;
      const number = request(thread.block, { ...part, dropoutSeed: this.#seed, version: this.#version });
      return { part, thread, number };
    });
    const from = performance.now();
    try {
      let { within } = this.model.clippedSum(rows, own!.lot, own!.clipping, into);
      const deadline = performance.now() + Math.max(this.#patience.leastMs, this.#patience.times * (performance.now() - from));
      for (const { part, thread, number } of asked) {
        const answer = collect(thread.block, number, deadline - performance.now(), into);
        within += answer ?? this.#instead(thread, rows, part, into);
      }
      return { steps: into, within };
    } catch (error) {
      // They are at work on a lot that nobody waits for any more.
      for (const { thread } of asked) this.#drop(thread);
      throw error;
    }
  }

  /** Ends the threads and zeroes what they shared, rows too. */
  close(): void {
    this.#release();
    this.#parameters = undefined;
  }

  #instead(thread: Thread, rows: Rows, { lot, clipping }: Part, into: Int32Array): number {
    this.#drop(thread);
    const { steps, within } = this.model.clippedSum(rows, lot, clipping);
    for (let i = 0; i < into.length; i++) into[i]! += steps[i]!;
    steps.fill(0);
    return within;
  }

  #run(): void {
    const rows = this.#rows;
    if (this.#start === null || this.#wanted <= 1 || rows === undefined || rows.y.length === 0) return;
    const { spec, parameterCount: d } = this.#model;
    this.#shared ??= { ...shared(rows), parameters: new Float32Array(new SharedArrayBuffer(4 * d)) };
    this.#rows = { x: this.#shared.x, y: this.#shared.y };
    if (this.#parameters !== undefined) this.#shared.parameters.set(this.#parameters);
    const rowCount = countRows(spec, this.#rows);
    while (this.#threads.length < this.#wanted - 1) {
      const memory = lotMemory(rowCount, d);
      const order = { spec, unitRows: this.#unitRows, rows: this.#rows, parameters: this.#shared.parameters, memory };
      const end = this.#start(order, () => this.#drop(thread));
      const thread: Thread = { block: lotBlock(memory, d), end };
      this.#threads.push(thread);
    }
  }

  /** Ended by force: it failed. No other replaces it until rows are held again or another count is asked for. */
  #drop(thread: Thread): void {
    this.#stop(thread);
    thread.end();
  }

  /** It ends by itself, and zeroes behind it what it may just be writing. */
  #stop(thread: Thread): void {
    this.#threads = this.#threads.filter((other) => other !== thread);
    const { words, lot, units, steps } = thread.block;
    Atomics.store(words, REQUEST, STOP);
    Atomics.notify(words, REQUEST);
    for (const array of [lot, units, steps]) array.fill(0);
  }

  #release(): void {
    for (const thread of this.#threads) this.#stop(thread);
    this.#shared?.x.fill(0);
    this.#shared?.y.fill(0);
    this.#shared = undefined;
    this.#rows = undefined;
  }
}

interface Part {
  readonly lot: Int32Array;
  readonly clipping: Clipping;
}

/** Into parts of about as many rows, each of whole units: the first unit of part i is the first that starts at its share or later. */
function cut(lot: Int32Array, starts: readonly number[], clipping: Clipping, count: number): Part[] {
  const edges = Array.from({ length: count + 1 }, (_, i) => starts.findIndex((start) => start >= (lot.length * i) / count));
  return edges.slice(1).map((end, i) => {
    const first = edges[i]!;
    const units = clipping.units?.slice(first, end);
    return { lot: lot.slice(starts[first], starts[end]), clipping: { ...clipping, ...(units === undefined ? {} : { units }) } };
  });
}

function shared({ x, y }: Rows): { x: Float32Array; y: Float32Array | Int32Array } {
  const copy = new Float32Array(new SharedArrayBuffer(x.byteLength));
  copy.set(x);
  const memory = new SharedArrayBuffer(y.byteLength);
  const targets = y instanceof Int32Array ? new Int32Array(memory) : new Float32Array(memory);
  targets.set(y);
  return { x: copy, y: targets };
}
