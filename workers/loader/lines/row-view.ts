/**
 * One row of a file as positions in UTF-8 bytes, split and hashed in one pass, per cell and as a whole. Cells are read in place and become
 * strings only on demand.
 */
import { CELL_END, RawHash, type RawWords } from './raw-hash.ts';

const CELLS_MIN = 64;
const LINE_FEED = 10;
const SPACE = 32;
/** Constants of the two hashes: FNV-1a's offset and prime, and a second pair. */
const [LOW_START, LOW_PRIME, HIGH_START, HIGH_PRIME] = [0x811c9dc5 | 0, 0x01000193, 0x9747b28c | 0, 0x5bd1e995];

export class RowView {
  bytes: Uint8Array = new Uint8Array(0);
  count = 0;
  /** Cell i is the bytes from starts[i] up to ends[i], without leading but with trailing spaces. */
  starts = new Int32Array(CELLS_MIN);
  ends = new Int32Array(CELLS_MIN);
  /** Two hashes of these bytes: different cells share both with probability 2^-64. */
  lows = new Int32Array(CELLS_MIN);
  highs = new Int32Array(CELLS_MIN);
  /** Hash of the first `#rawCells` cells; -1 if it is another line's. Computed while cutting, once it has been asked for. */
  readonly #raw = new RawHash();
  #rawCells = -1;
  #rawAsked = false;
  readonly #decoder = new TextDecoder('utf-8', { ignoreBOM: true });
  readonly #encoder = new TextEncoder();

  /**
   * Splits one line without regard to quotes.
   * @param bytes must have a line end at or after `from`, where the split stops
   * @returns the position after the line end
   */
  cut(bytes: Uint8Array, from: number, separator: number): number {
    this.bytes = bytes;
    return this.#rawAsked ? this.#cutNamed(bytes, from, separator) : this.#cutPlain(bytes, from, separator);
  }

  #cutPlain(bytes: Uint8Array, from: number, separator: number): number {
    this.#rawCells = -1;
    let { starts, ends, lows, highs } = this;
    let count = 0;
    let at = from;
    for (;;) {
      let byte = bytes[at]!;
      while (byte <= SPACE && byte !== separator && byte !== LINE_FEED) byte = bytes[++at]!;
      const start = at;
      let low = LOW_START;
      let high = HIGH_START;
      while (byte !== separator && byte !== LINE_FEED) {
        low = Math.imul(low ^ byte, LOW_PRIME);
        high = Math.imul(high ^ byte, HIGH_PRIME);
        byte = bytes[++at]!;
      }
      if (count === starts.length) {
        this.#grow();
        ({ starts, ends, lows, highs } = this);
      }
      starts[count] = start;
      ends[count] = at;
      lows[count] = low;
      highs[count] = high;
      count++;
      at++;
      if (byte === LINE_FEED) break;
    }
    this.count = count;
    return at;
  }

  /** The same, and hashes `#raw`: a second pass would load each byte again, and a branch in the loop would cost as much. */
  #cutNamed(bytes: Uint8Array, from: number, separator: number): number {
    let { starts, ends, lows, highs } = this;
    let count = 0;
    let at = from;
    const raw = this.#raw;
    raw.reset();
    this.#rawCells = 0;
    let { low: rawLow, high: rawHigh } = raw;
    for (;;) {
      let byte = bytes[at]!;
      while (byte <= SPACE && byte !== separator && byte !== LINE_FEED) byte = bytes[++at]!;
      const start = at;
      const [lowBefore, highBefore] = [rawLow, rawHigh];
      let low = LOW_START;
      let high = HIGH_START;
      while (byte !== separator && byte !== LINE_FEED) {
        low = Math.imul(low ^ byte, LOW_PRIME);
        high = Math.imul(high ^ byte, HIGH_PRIME);
        rawLow = Math.imul(rawLow ^ byte, LOW_PRIME);
        rawHigh = Math.imul(rawHigh ^ byte, HIGH_PRIME);
        rawHigh ^= rawHigh >>> 15;
        byte = bytes[++at]!;
      }
      if (count === starts.length) {
        this.#grow();
        ({ starts, ends, lows, highs } = this);
      }
      starts[count] = start;
      ends[count] = at;
      lows[count] = low;
      highs[count] = high;
      rawLow = Math.imul(rawLow ^ CELL_END, LOW_PRIME);
      rawHigh = Math.imul(rawHigh ^ CELL_END, HIGH_PRIME);
      if (at > start) {
        if (bytes[at - 1]! <= SPACE) {
          raw.set(lowBefore, highBefore);
          raw.cell(this, count); // without trailing spaces
          ({ low: rawLow, high: rawHigh } = raw);
        }
        raw.set(rawLow, rawHigh);
        this.#rawCells = count + 1;
      }
      count++;
      at++;
      if (byte === LINE_FEED) break;
    }
    this.count = count;
    return at;
  }

  /** Takes cells that were split elsewhere. */
  set(cells: readonly string[]): void {
    while (cells.length > this.starts.length) this.#grow();
    const trimmed = cells.map((cell) => cell.trim());
    this.bytes = this.#encoder.encode(trimmed.join(''));
    const ascii = trimmed.reduce((sum, cell) => sum + cell.length, 0) === this.bytes.length;
    let at = 0;
    for (let i = 0; i < trimmed.length; i++) {
      this.starts[i] = at;
      at += ascii ? trimmed[i]!.length : this.#encoder.encode(trimmed[i]!).length;
      this.ends[i] = at;
      this.#hash(i);
    }
    this.count = cells.length;
    this.#rawCells = -1;
  }

  /** Trimmed; empty past the last cell. */
  cell(i: number): string {
    return i < this.count ? this.textAt(this.starts[i]!, this.ends[i]!) : '';
  }

  textAt(start: number, end: number): string {
    return this.#decoder.decode(this.bytes.subarray(start, end)).trim();
  }

  cells(): string[] {
    return Array.from({ length: this.count }, (_, i) => this.cell(i));
  }

  isEmpty(i: number): boolean {
    if (this.starts[i] === this.ends[i]) return true;
    return this.bytes[this.starts[i]!]! > 126 && this.cell(i) === ''; // Unicode spaces
  }

  isBlank(): boolean {
    for (let i = 0; i < this.count; i++) if (!this.isEmpty(i)) return false;
    return true;
  }

  /** Number of cells, without the empty ones past `wanted` that trailing separators make. */
  width(wanted: number): number {
    let width = this.count;
    while (width > wanted && this.isEmpty(width - 1)) width--;
    return width;
  }

  /** Whether the first cell begins with this ASCII character. */
  startsWith(letter: number): boolean {
    return this.starts[0]! < this.ends[0]! && this.bytes[this.starts[0]!] === letter;
  }

  /** Hash of all cells in order, without trailing empty ones. */
  rawWords(): RawWords {
    this.#rawAsked = true;
    const count = this.width(0);
    if (count !== this.#rawCells) {
      this.#raw.reset();
      for (let i = 0; i < count; i++) this.#raw.cell(this, i);
      this.#rawCells = count;
    }
    return this.#raw.words();
  }

  #hash(i: number): void {
    let low = LOW_START;
    let high = HIGH_START;
    for (let at = this.starts[i]!; at < this.ends[i]!; at++) {
      low = Math.imul(low ^ this.bytes[at]!, LOW_PRIME);
      high = Math.imul(high ^ this.bytes[at]!, HIGH_PRIME);
    }
    this.lows[i] = low;
    this.highs[i] = high;
  }

  #grow(): void {
    const doubled = (old: Int32Array) => {
      const grown = new Int32Array(2 * old.length);
      grown.set(old);
      return grown;
    };
    this.starts = doubled(this.starts);
    this.ends = doubled(this.ends);
    this.lows = doubled(this.lows);
    this.highs = doubled(this.highs);
  }
}
