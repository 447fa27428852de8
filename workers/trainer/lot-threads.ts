/**
 * Shares a lot among threads: each thread sums the clipped gradients of some units with its own numerics, and this one adds the sums. Sums
 * are integers, so the result is bit for bit that of one thread, however the lot was split. A unit of privacy is never split. A thread that
 * dies, fails or is late is dropped and its part computed here: that only costs time. Rows are in shared memory meanwhile, which is zeroed
 * when they are released.
 */
import { multiplicationsAnExample } from '#protocol/model/architecture';
import type { ClippedSum, Clipping, Model, Rows } from '#wasm/numerics';
import { checkClippedLot, checkParameters, countRows } from '#wasm/spec';
import { collect, lotBlock, lotMemory, READY, request, REQUEST, STOP, type LotBlock, type LotOrder } from './lot-block.ts';

/** Starts a thread that runs `serveLots`. @param died called when it ends by itself @returns a function that ends it by force */
export type StartLotThread = (order: LotOrder, died: () => void) => () => void;

/** How long a thread may take for its part: a multiple of this thread's time for its own part, and a minimum. */
export interface Patience {
  readonly times: number;
  readonly leastMs: number;
}

interface Thread {
  readonly block: LotBlock;
  readonly end: () => void;
}

const PATIENCE: Patience = { times: 10, leastMs: 2000 };
/** Handing over a part with fewer multiplications of forward passes than this takes longer than computing it (bench:threads). */
const PART_MULTIPLICATIONS_MIN = 3_000_000;

export class LotThreads {
  readonly #model: Model;
  readonly #unitRows: number;
  readonly #start: StartLotThread | null;
  readonly #patience: Patience;
  readonly #partRows: number;
  #wanted = 1;
  #rows: Rows | undefined;
  #shared: { readonly x: Float32Array; readonly y: Float32Array | Int32Array; readonly parameters: Float32Array } | undefined;
  #threads: Thread[] = [];
  #parameters: Float32Array | undefined;
  #version = 0;
  #stale = false;
  #seed = 0;

  /**
   * @param start null if threads cannot share memory: everything is then done in this thread
   * @param partRows rows that are worth a thread
   */
  constructor(
    model: Model,
    unitRows: number,
    start: StartLotThread | null,
    patience: Patience = PATIENCE,
    partRows = Math.ceil(PART_MULTIPLICATIONS_MIN / multiplicationsAnExample(model.spec.network)),
  ) {
    this.#model = model;
    this.#unitRows = unitRows;
    this.#start = start;
    this.#patience = patience;
    this.#partRows = partRows;
  }

  /** Threads that can share the next lot, including this one. */
  get count(): number {
    return 1 + this.#threads.filter(({ block }) => Atomics.load(block.words, READY) === 1).length;
  }

  /** The rows that lots are drawn from; in shared memory if there are threads. */
  get rows(): Rows | undefined {
    return this.#rows;
  }

  /** Takes the rows that lots are drawn from; undefined releases them. Zeroes the shared memory of earlier ones. */
  hold(rows: Rows | undefined): void {
    this.#release();
    this.#rows = rows;
    this.#run();
  }

  /** @param count threads from now on, including this one */
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
   * This thread's model. It lays out new parameters only when it is needed, after the other threads have their parts, so that all threads
   * lay them out at the same time.
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

  /** As Model.clippedSum, over the held rows. @throws RangeError likewise */
  clippedSum(lot: Int32Array, clipping: Clipping, into: Int32Array<ArrayBuffer>): ClippedSum {
    const rows = this.#rows;
    if (rows === undefined) throw new RangeError('rows: expected hold() first');
    const ready = this.#threads.filter(({ block }) => Atomics.load(block.words, READY) === 1);
    const helpers = ready.slice(0, Math.max(0, Math.floor(lot.length / this.#partRows) - 1));
    if (helpers.length === 0) return this.model.clippedSum(rows, lot, clipping, into);
    // The whole lot is checked here because no thread sees more than its part.
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
      // They are working on a lot that nobody waits for any more.
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

  /** Ends a failed thread by force. It is not replaced until new rows are held or another count is asked for. */
  #drop(thread: Thread): void {
    this.#stop(thread);
    thread.end();
  }

  /** Lets the thread end by itself; it zeroes what it may be writing at the moment. */
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

/**
 * Cuts into parts with about equally many rows, each of whole units: part i begins with the first unit that starts at its share or later.
 */
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
