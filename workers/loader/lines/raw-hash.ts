/**
 * A 64-bit hash of cells in order, without trailing spaces: names a table's row (raw-rows.ts), and a recording by all its lines. Devices
 * store names made from it forever, so the hash must never change: otherwise rows that have spent their budget would pass as new. Two
 * different texts collide with probability 2^-64.
 */
import { spread } from './seen-rows.ts';

/** The two halves of the hash. */
export type RawWords = readonly [low: number, high: number];

const [LOW_START, HIGH_START] = [0x811c9dc5 | 0, 0x9747b28c | 0];
const [LOW_PRIME, HIGH_PRIME] = [0x01000193, 0x5bd1e995];
const SPACE = 32;
/** Marks the end of a cell; no byte has this value. */
export const CELL_END = 0x11f;

/** Positions of cells in a line's bytes, as in RowView. */
interface CutCells {
  readonly bytes: Uint8Array;
  readonly starts: Int32Array;
  readonly ends: Int32Array;
}

export class RawHash {
  low = LOW_START;
  high = HIGH_START;

  reset(): void {
    this.set(LOW_START, HIGH_START);
  }

  set(low: number, high: number): void {
    this.low = low;
    this.high = high;
  }

  cell({ bytes, starts, ends }: CutCells, i: number): void {
    let low = this.low;
    let high = this.high;
    const start = starts[i]!;
    let end = ends[i]!;
    while (end > start && bytes[end - 1]! <= SPACE) end--;
    for (let at = start; at < end; at++) {
      low = Math.imul(low ^ bytes[at]!, LOW_PRIME);
      high = Math.imul(high ^ bytes[at]!, HIGH_PRIME);
      high ^= high >>> 15;
    }
    this.low = Math.imul(low ^ CELL_END, LOW_PRIME);
    this.high = Math.imul(high ^ CELL_END, HIGH_PRIME);
  }

  /** Adds all cells of a line except some. @param skip indices to leave out; -1 matches none */
  line(view: CutCells, count: number, skip: readonly number[]): void {
    for (let i = 0; i < count; i++) if (!skip.includes(i)) this.cell(view, i);
  }

  words(): RawWords {
    return [spread(this.low, this.high), spread(this.high, this.low ^ 0x2545f491)];
  }
}
