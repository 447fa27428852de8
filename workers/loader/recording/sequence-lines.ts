/**
 * Turns the cells of one line into the raw values of a task's channels: numbers in any notation, gaps as gaps, with a note of anything odd.
 * sequence-rows.ts scales them; sequence-book.ts assigns the line to a recording.
 */
import { typicalOf, type SequenceTask } from '#protocol/manifest/task';
import { isMissing, shownCell } from '../cells/cell.ts';
import type { News } from '../cells/findings.ts';
import { NumberColumn, type DecimalMark } from '../cells/number-cell.ts';
import type { RowView } from '../lines/row-view.ts';

export class LineReader {
  /** Values of the line read last, in the task's order; NaN for a gap. */
  readonly values: Float32Array<ArrayBuffer>;
  readonly columns: readonly NumberColumn[];
  readonly #channels: SequenceTask['channels'];

  /** @param marks decimal mark of each channel; points if absent */
  constructor({ channels }: SequenceTask, marks?: readonly DecimalMark[]) {
    this.values = new Float32Array(channels.length);
    this.columns = channels.map(({ min, max }, i) => new NumberColumn(min, max, marks?.[i] ?? '.'));
    this.#channels = channels;
  }

  /**
   * @param places column index of each channel
   * @param note called for each odd cell
   * @returns number of values that are not gaps
   */
  read(line: RowView, places: readonly number[], note: (news: News) => void): number {
    let there = 0;
    for (let i = 0; i < places.length; i++) {
      const place = places[i]!;
      const plain = place < line.count ? this.columns[i]!.plain(line.bytes, line.starts[place]!, line.ends[place]!) : NaN;
      const v = Number.isNaN(plain) ? this.#odd(i, line.cell(place), note) : plain;
      this.values[i] = v;
      if (Number.isNaN(v)) continue;
      there++;
      const { name, min, max } = this.#channels[i]!;
      if (v >= min && v <= max) continue;
      const readAs = String(v < min ? min : max);
      note({ code: 'clamped', action: 'read-as', column: name, expected: `${min} to ${max}`, got: shownCell(line.cell(place)), readAs });
    }
    return there;
  }

  #odd(i: number, cell: string, note: (news: News) => void): number {
    const channel = this.#channels[i]!;
    const { name } = channel;
    const read = this.columns[i]!.read(cell);
    const about = { action: 'read-as', column: name, got: shownCell(cell) } as const;
    if (read === null) {
      const readAs = String(typicalOf(channel));
      note({ ...about, code: isMissing(cell) ? 'missing' : 'recording-cell', expected: 'a number', readAs });
      return NaN;
    }
    const { mark } = this.columns[i]!;
    const v = mark === ',' ? read.withComma : read.value;
    const either = read.mark === 'either';
    // Plain spellings need no remark, 1e5 or a plus sign included.
    if (either ? read.value !== Number(cell) || mark === ',' : Number.isNaN(Number(cell))) {
      note({ ...about, code: 'number-written', expected: either ? 'one way to read it' : 'a plain number', readAs: String(v) });
    }
    return v;
  }
}
