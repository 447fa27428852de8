/**
 * The rows that are kept of a file: all of them while they are few; beyond that the ones with the smallest draws (bottom-k sampling,
 * Cohen and Kaplan 2007), which is a uniform sample, and the same for the same rows in whatever order. A unit of privacy keeps at most
 * its bound of rows, by their draws as well. Memory grows in blocks and is joined once, block by block.
 */
import { giveBack } from './give-back.ts';

const BLOCK_FLOATS = 1024 * 1024;
const COUNT_MIN = 1024;
/** A block that is filled to this share is left as it is. */
const FILLED_SHARE = 0.9;

/** Where a row that is not yet accepted may be written. */
export interface Place {
  readonly inputs: Float32Array;
  readonly offset: number;
}

export type Verdict = 'kept' | 'unit-full' | 'beyond';

export class KeptSample {
  /** Rows that were left out, or pushed out by others, since their unit had enough, or since there were too many in all. */
  unitLeft = 0;
  beyond = 0;
  /** Where the row that was added last lies; -1 when it was not kept. */
  lastAt = -1;
  readonly #width: number;
  readonly #rowsMax: number;
  readonly #unitMax: number;
  #blockRows: number;
  readonly #scratch: Place;
  #blocks: Float32Array<ArrayBuffer>[] = [];
  #count = 0;
  #labels = new Int32Array(COUNT_MIN);
  #draws = new Float64Array(COUNT_MIN);
  /** Unit of each row, and the rows of each unit; empty where each row is its own unit. */
  readonly #unitOf: number[] = [];
  readonly #unitRows = new Map<number, number[]>();
  /** The row that room was made for last. */
  #roomOf = -1;
  /** Rows with the largest draw on top, and where each row lies in it; made when the first row is too many. */
  #heap: Int32Array | undefined;
  #heapAt = new Int32Array(0);

  /** @param unitMax rows of one unit; null where each row is its own */
  constructor(width: number, rowsMax: number, unitMax: number | null) {
    this.#width = width;
    this.#rowsMax = rowsMax;
    this.#unitMax = unitMax ?? Infinity;
    this.#blockRows = Math.max(1, Math.min(rowsMax, Math.floor(BLOCK_FLOATS / width)));
    this.#scratch = { inputs: new Float32Array(width), offset: 0 };
  }

  /** Before the first row: how many the file seems to have. One that fills the sample gets a single block, which need not be joined. */
  expect(rows: number): void {
    if (rows < FILLED_SHARE * this.#rowsMax) return;
    this.#blockRows = this.#rowsMax;
    this.#labels = new Int32Array(this.#rowsMax);
    this.#draws = new Float64Array(this.#rowsMax);
  }

  get count(): number {
    return this.#count;
  }

  labels(): Int32Array {
    return this.#labels.subarray(0, this.#count);
  }

  /** Zeros for the next row's inputs; `add` decides what becomes of it. */
  room(): Place {
    const row = this.#count;
    if (row >= this.#rowsMax) {
      this.#scratch.inputs.fill(0);
      return this.#scratch;
    }
    const block = Math.floor(row / this.#blockRows);
    const inputs = (this.#blocks[block] ??= new Float32Array(Math.min(this.#blockRows, this.#rowsMax - row) * this.#width));
    const offset = (row % this.#blockRows) * this.#width;
    // A new block is zeros; only a row that was not added has written here before.
    if (row === this.#roomOf) inputs.fill(0, offset, offset + this.#width);
    this.#roomOf = row;
    return { inputs, offset };
  }

  /** @param room that was written to @param unit 53-bit name of the row's unit; not looked at without a bound of units */
  add(room: Place, label: number, draw: number, unit: number): Verdict {
    this.lastAt = -1;
    const grouped = this.#unitMax !== Infinity;
    const mates = grouped ? (this.#unitRows.get(unit) ?? []) : [];
    if (mates.length >= this.#unitMax) {
      this.unitLeft++;
      const worst = mates.reduce((a, b) => (this.#draws[b]! > this.#draws[a]! ? b : a));
      if (draw >= this.#draws[worst]!) return 'unit-full';
      this.#replace(worst, room, label, draw);
      return 'kept';
    }
    if (this.#count < this.#rowsMax) {
      if (grouped) this.#join(this.#count, unit, mates);
      if (this.#count === this.#labels.length) this.#grow();
      this.lastAt = this.#count;
      this.#labels[this.#count] = label;
      this.#draws[this.#count++] = draw;
      return 'kept';
    }
    this.beyond++;
    const worst = this.#worst();
    if (draw >= this.#draws[worst]!) return 'beyond';
    if (grouped) {
      this.#leave(worst);
      this.#join(worst, unit, this.#unitRows.get(unit) ?? []);
    }
    this.#replace(worst, room, label, draw);
    return 'kept';
  }

  /** Everything as one tensor; the blocks are given back while it fills. The sample is used up. */
  tensors(): { x: Float32Array<ArrayBuffer>; y: Int32Array<ArrayBuffer>; units?: Int32Array<ArrayBuffer> } {
    const x = this.#joined();
    const y = this.#labels.subarray(0, this.#count);
    if (this.#unitMax === Infinity) return { x, y };
    const numbers = new Map<number, number>();
    const units = Int32Array.from(this.#unitOf, (unit) => {
      if (!numbers.has(unit)) numbers.set(unit, numbers.size);
      return numbers.get(unit)!;
    });
    return { x, y, units };
  }

  #joined(): Float32Array<ArrayBuffer> {
    const floats = this.count * this.#width;
    const [first] = this.#blocks;
    if (first !== undefined && floats <= first.length && floats >= FILLED_SHARE * first.length) return first.subarray(0, floats);
    const x = new Float32Array(floats);
    for (let block = 0, at = 0; at < floats; block++) {
      const inputs = this.#blocks[block]!;
      const used = Math.min(inputs.length, floats - at);
      x.set(inputs.subarray(0, used), at);
      at += used;
      giveBack(inputs.buffer);
    }
    this.#blocks = [];
    return x;
  }

  /** Gives the memory back. */
  release(): void {
    for (const block of this.#blocks) giveBack(block.buffer);
    this.#blocks = [];
  }

  #grow(): void {
    const [labels, draws] = [this.#labels, this.#draws];
    this.#labels = new Int32Array(2 * labels.length);
    this.#draws = new Float64Array(2 * draws.length);
    this.#labels.set(labels);
    this.#draws.set(draws);
    giveBack(labels.buffer);
    giveBack(draws.buffer);
  }

  #join(row: number, unit: number, mates: number[]): void {
    mates.push(row);
    this.#unitRows.set(unit, mates);
    this.#unitOf[row] = unit;
  }

  #leave(row: number): void {
    const unit = this.#unitOf[row]!;
    const rest = this.#unitRows.get(unit)!.filter((mate) => mate !== row);
    if (rest.length === 0) this.#unitRows.delete(unit);
    else this.#unitRows.set(unit, rest);
  }

  #replace(row: number, room: Place, label: number, draw: number): void {
    this.lastAt = row;
    const from = room.inputs.subarray(room.offset, room.offset + this.#width);
    this.#blocks[Math.floor(row / this.#blockRows)]!.set(from, (row % this.#blockRows) * this.#width);
    this.#labels[row] = label;
    this.#draws[row] = draw;
    if (this.#heap !== undefined) this.#sink(this.#heapAt[row]!);
  }

  #worst(): number {
    if (this.#heap === undefined) {
      this.#heap = Int32Array.from(this.labels(), (_, row) => row);
      this.#heapAt = this.#heap.slice();
      for (let at = (this.#heap.length >> 1) - 1; at >= 0; at--) this.#sink(at);
    }
    return this.#heap[0]!;
  }

  /** A draw has become smaller: its row goes down. */
  #sink(from: number): void {
    const [heap, places, draws] = [this.#heap!, this.#heapAt, this.#draws];
    const row = heap[from]!;
    let at = from;
    for (let child = 2 * at + 1; child < heap.length; child = 2 * at + 1) {
      if (child + 1 < heap.length && draws[heap[child + 1]!]! > draws[heap[child]!]!) child++;
      const below = heap[child]!;
      if (draws[below]! <= draws[row]!) break;
      heap[at] = below;
      places[below] = at;
      at = child;
    }
    heap[at] = row;
    places[row] = at;
  }
}
