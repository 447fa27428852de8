/** Turns a column's dates into inputs: elapsed time, day of the week, time of day, in columnWidth's order (protocol/manifest/task.ts). */
import { columnWidth, type DateColumn } from '#protocol/manifest/task';
import { isMissing, shownCell } from '../cells/cell.ts';
import type { CellNews, ColumnReader } from './column-reader.ts';
import { DateCells, DAY_MINUTES, dayOfIso, isoOfDay, weekdayOf, type DateOrder } from '../cells/date-cell.ts';
import { GapList } from '../cells/gap-list.ts';
import type { RowView } from '../lines/row-view.ts';

export class DateReader implements ColumnReader {
  readonly kept: number;
  readonly cells: DateCells;
  word = 0;
  readonly #column: DateColumn;
  readonly #gaps: GapList;
  readonly #range: { readonly from: number; readonly to: number } | null;

  constructor(column: DateColumn, mark: DateOrder) {
    this.kept = columnWidth(column);
    this.#column = column;
    this.#gaps = new GapList(column.gaps);
    this.#range = column.from === undefined || column.to === undefined ? null : { from: dayOfIso(column.from), to: dayOfIso(column.to) };
    this.cells = new DateCells(this.#range?.from ?? -Infinity, this.#range?.to ?? Infinity, mark);
  }

  read(row: RowView, place: number, out: Float32Array, at: number, news: CellNews[]): boolean {
    const cell = row.cell(place);
    const gap = isMissing(cell) || this.#gaps.has(cell);
    const read = gap ? null : this.cells.read(cell);
    const { weekday, hour, missing, name: column } = this.#column;
    const dated = this.#range !== null || weekday === true;
    if (read === null || (dated && read.day === null)) {
      const filled = gap && missing === 'fill';
      const readAs = filled ? 'no date' : null;
      const expected = dated ? 'a date' : 'a time of day';
      const code = gap ? 'missing' : 'value-type';
      news.push({ code, action: filled ? 'read-as' : 'left-out', column, expected, got: shownCell(cell), readAs });
      if (!filled) return false;
      out[at + this.kept - 1] = 1;
      this.word = -1;
      return true;
    }
    if (read.either) {
      const [expected, readAs] = ['one way to read it', isoOfDay(read.day!)];
      news.push({ code: 'date-written', action: 'read-as', column, expected, got: shownCell(cell), readAs });
    }
    let next = at;
    let word = 0;
    if (this.#range !== null) word = this.#elapsed(read.day! + (read.minute ?? 0) / DAY_MINUTES, cell, out, next++, news);
    if (weekday === true) {
      const day = weekdayOf(read.day!);
      out[next + day] = 1;
      next += 7;
      word = Math.imul(word, 31) + day;
    }
    if (hour === true && read.minute !== null) {
      const angle = (2 * Math.PI * read.minute) / DAY_MINUTES;
      out[next] = Math.sin(angle);
      out[next + 1] = Math.cos(angle);
      word = Math.imul(word, 1447) + read.minute + 1;
    }
    this.word = word | 0;
    return true;
  }

  /** @returns a hash, equal for equal inputs */
  #elapsed(days: number, cell: string, out: Float32Array, at: number, news: CellNews[]): number {
    const { from, to } = this.#range!;
    const { from: first, to: last, name: column } = this.#column;
    const got = shownCell(cell);
    if (days < from) news.push({ code: 'clamped', action: 'read-as', column, expected: `${first} to ${last}`, got, readAs: first! });
    if (days > to) news.push({ code: 'clamped', action: 'read-as', column, expected: `${first} to ${last}`, got, readAs: last! });
    const inside = Math.min(to, Math.max(from, days));
    out[at] = (2 * (inside - (from + to) / 2)) / (to - from);
    return Math.round(inside * DAY_MINUTES) | 0;
  }
}
