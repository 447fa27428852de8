/**
 * How often each value of one column occurs in a whole file, if it has few distinct ones, and how many of its cells are missing. Lookups
 * use the cells' hashes (loader/lines/row-view.ts), so that hardly any cell becomes a string. Bounded for any file.
 */
import { isMissing } from '../loader/cells/cell.ts';
import type { RowView } from '../loader/lines/row-view.ts';

/** Spellings beyond which values are not counted; above a manifest's limit, since one value may be spelt with different spaces. */
const SPELLINGS_MAX = 320;
const SLOTS = 1024;
const LAST = 3 * SLOTS - 3;
/** Bytes of the longest missing-value spelling, and characters that none begins with. */
const GAP_BYTES_MAX = 8;
const [ZERO, NINE, MINUS, POINT] = [48, 57, 45, 46];

export class ValueCounts {
  /** Three words per slot: both hashes and the count; a count of 0 is a free slot. */
  #slots: Uint32Array | null = new Uint32Array(3 * SLOTS);
  readonly #texts: { readonly slot: number; readonly text: string }[] = [];
  /** Missing cells, once there are too many values. */
  #gaps = 0;

  add(row: RowView, cell: number): void {
    const slots = this.#slots;
    if (slots === null) {
      if (isGap(row, cell)) this.#gaps++;
      return;
    }
    const [low, high] = [row.lows[cell]! >>> 0, row.highs[cell]! >>> 0];
    let at = (3 * ((low ^ (low >>> 15)) & (SLOTS - 1))) | 0;
    while (slots[at + 2] !== 0) {
      if (slots[at] === low && slots[at + 1] === high) {
        slots[at + 2]!++;
        return;
      }
      at = at === LAST ? 0 : at + 3;
    }
    slots[at] = low;
    slots[at + 1] = high;
    slots[at + 2] = 1;
    this.#texts.push({ slot: at, text: row.cell(cell) });
    if (this.#texts.length > SPELLINGS_MAX) this.#overflow(slots);
  }

  /** Each value and how often it occurs, without missing cells; null if there are too many values. */
  values(): ReadonlyMap<string, number> | null {
    if (this.#slots === null) return null;
    const values = new Map<string, number>();
    for (const { slot, text } of this.#texts) if (!isMissing(text)) values.set(text, (values.get(text) ?? 0) + this.#slots[slot + 2]!);
    return values;
  }

  gaps(): number {
    return this.#slots === null ? this.#gaps : this.#gapsIn(this.#slots);
  }

  #gapsIn(slots: Uint32Array): number {
    return this.#texts.reduce((sum, { slot, text }) => sum + (isMissing(text) ? slots[slot + 2]! : 0), 0);
  }

  #overflow(slots: Uint32Array): void {
    this.#gaps = this.#gapsIn(slots);
    this.#slots = null;
    this.#texts.length = 0;
  }
}

function isGap(row: RowView, cell: number): boolean {
  const [start, end] = [row.starts[cell]!, row.ends[cell]!];
  if (start === end) return true;
  if (end - start > GAP_BYTES_MAX) return false;
  const isDigit = (at: number) => at < end && row.bytes[at]! >= ZERO && row.bytes[at]! <= NINE;
  const first = row.bytes[start]!;
  if (isDigit(start) || ((first === MINUS || first === POINT) && isDigit(start + 1))) return false;
  return isMissing(row.cell(cell));
}
