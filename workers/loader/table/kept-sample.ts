/**
 * The rows kept from a file, up to a bound; more are only counted, for the refusal. A sample of fixed size would let one row in when
 * another leaves, but the guarantee is about one unit being present or absent. Each unit of privacy keeps at most its bound of rows, those
 * with the smallest draws, independent of other units. Memory grows in blocks, which stay where they are.
 */
import type { Answers } from '../../training-rows.ts';
import { giveBack } from '../lines/give-back.ts';
import type { StoredRows } from '../lines/stored-rows.ts';
import type { RowCode } from './row-code.ts';

const BLOCK_FLOATS = 1024 * 1024;
const COUNT_MIN = 1024;

/** Where a row that is not yet accepted may be written, coded. Reused for the next row. */
export interface Place {
  readonly coded: Float32Array;
  readonly offset: number;
}

export type Verdict = 'kept' | 'unit-full' | 'beyond';

export class KeptSample {
  /** Rows left out or replaced because their unit was full; and rows past the bound of all rows. */
  unitLeft = 0;
  beyond = 0;
  /** Index of the row added last; -1 if it was not kept. */
  lastAt = -1;
  readonly #code: RowCode;
  readonly #rowsMax: number;
  readonly #unitMax: number;
  readonly #blockRows: number;
  readonly #scratch: Float32Array;
  readonly #room: { coded: Float32Array; offset: number };
  #blocks: Float32Array<ArrayBuffer>[] = [];
  #count = 0;
  /** Classes, or numbers. */
  #labels: Answers;
  /** Empty if each row is its own unit. */
  #draws: Float64Array<ArrayBuffer>;
  /** Unit of each row, and the rows of each unit; empty if each row is its own unit. */
  readonly #unitOf: number[] = [];
  readonly #unitRows = new Map<number, number[]>();
  /** The first row that has no block yet. */
  #blockEnd = 0;
  /** The row that `room` was called for last. */
  #roomOf = -1;

  /** @param unitMax most rows per unit; null if each row is its own @param numbers whether answers are numbers rather than classes */
  constructor(code: RowCode, rowsMax: number, unitMax: number | null, numbers: boolean) {
    this.#labels = new (numbers ? Float32Array : Int32Array)(COUNT_MIN);
    this.#code = code;
    this.#rowsMax = rowsMax;
    this.#unitMax = unitMax ?? Infinity;
    this.#draws = this.#drawsFor(COUNT_MIN);
    this.#blockRows = Math.max(1, Math.min(rowsMax, Math.floor(BLOCK_FLOATS / code.kept)));
    this.#scratch = new Float32Array(code.kept);
    this.#room = { coded: this.#scratch, offset: 0 };
  }

  get count(): number {
    return this.#count;
  }

  labels(): Answers {
    return this.#labels.subarray(0, this.#count);
  }

  /** Zeros for the next row; `add` decides whether it is kept. */
  room(): Place {
    const row = this.#count;
    const room = this.#room;
    const { kept } = this.#code;
    if (row >= this.#rowsMax) {
      room.coded = this.#scratch.fill(0);
      room.offset = 0;
      return room;
    }
    if (row === this.#blockEnd) {
      this.#blocks.push(new Float32Array(Math.min(this.#blockRows, this.#rowsMax - row) * kept));
      this.#blockEnd += this.#blockRows;
    }
    const coded = this.#blocks[this.#blocks.length - 1]!;
    const offset = (row - (this.#blockEnd - this.#blockRows)) * kept;
    // A new block is all zeros; only a row that was not added has written here before.
    if (row === this.#roomOf) coded.fill(0, offset, offset + kept);
    this.#roomOf = row;
    room.coded = coded;
    room.offset = offset;
    return room;
  }

  /** @param room that was written to @param unit 53-bit name of the row's unit; ignored without a limit per unit */
  add(room: Place, label: number, draw: number, unit: number): Verdict {
    this.lastAt = -1;
    if (this.#unitMax !== Infinity) return this.#addOf(room, label, draw, unit);
    return this.#keep(label, draw);
  }

  #addOf(room: Place, label: number, draw: number, unit: number): Verdict {
    const mates = this.#unitRows.get(unit) ?? [];
    if (mates.length >= this.#unitMax) {
      this.unitLeft++;
      const worst = mates.reduce((a, b) => (this.#draws[b]! > this.#draws[a]! ? b : a));
      if (draw >= this.#draws[worst]!) return 'unit-full';
      this.#replace(worst, room, label, draw);
      return 'kept';
    }
    if (this.#count < this.#rowsMax) this.#join(this.#count, unit, mates);
    return this.#keep(label, draw);
  }

  #keep(label: number, draw: number): Verdict {
    const row = this.#count;
    if (row >= this.#rowsMax) {
      this.beyond++;
      return 'beyond';
    }
    if (row === this.#labels.length) this.#grow();
    this.lastAt = row;
    this.#labels[row] = label;
    if (this.#unitMax !== Infinity) this.#draws[row] = draw;
    this.#count = row + 1;
    return 'kept';
  }

  /** All rows, in memory that the sample goes on to hold: it takes no rows afterwards. */
  rows(): StoredRows {
    const [code, blocks, blockRows] = [this.#code, this.#blocks, this.#blockRows];
    const { width, kept } = code;
    const write: StoredRows['write'] = (row, out, at) =>
      code.write(blocks[Math.floor(row / blockRows)]!, (row % blockRows) * kept, out, at);
    const y = this.#labels.subarray(0, this.#count);
    if (this.#unitMax === Infinity) return { width, y, write };
    const numbers = new Map<number, number>();
    const units = Int32Array.from(this.#unitOf, (unit) => {
      if (!numbers.has(unit)) numbers.set(unit, numbers.size);
      return numbers.get(unit)!;
    });
    return { width, y, units, write };
  }

  /** Per row the 53-bit name of its unit; empty without a limit per unit. */
  unitNames(): readonly number[] {
    return this.#unitOf;
  }

  /** Frees the memory. */
  release(): void {
    for (const block of this.#blocks) giveBack(block.buffer);
    this.#blocks = [];
  }

  #labelsFor(count: number): Answers {
    return this.#labels instanceof Float32Array ? new Float32Array(count) : new Int32Array(count);
  }

  #drawsFor(count: number): Float64Array<ArrayBuffer> {
    return new Float64Array(this.#unitMax === Infinity ? 0 : count);
  }

  #grow(): void {
    const [labels, draws] = [this.#labels, this.#draws];
    this.#labels = this.#labelsFor(2 * labels.length);
    this.#draws = this.#drawsFor(2 * labels.length);
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

  #replace(row: number, room: Place, label: number, draw: number): void {
    this.lastAt = row;
    const { kept } = this.#code;
    const from = room.coded.subarray(room.offset, room.offset + kept);
    this.#blocks[Math.floor(row / this.#blockRows)]!.set(from, (row % this.#blockRows) * kept);
    this.#labels[row] = label;
    this.#draws[row] = draw;
  }
}
