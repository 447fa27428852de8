/** Turns one column's cells into numbers, for any kind of column: encode.ts reads numbers and classes, date-reader.ts dates. */
import type { FindingCode } from '../../api.ts';
import type { RowView } from '../lines/row-view.ts';
import type { MarkedCells } from './column-marks.ts';

/** What was odd about one cell. */
export interface CellNews {
  readonly code: FindingCode;
  readonly action: 'left-out' | 'read-as';
  readonly column: string;
  readonly expected: string;
  readonly got: string;
  readonly readAs: string | null;
}

export interface ColumnReader {
  /** Numbers kept per row (row-code.ts). */
  readonly kept: number;
  /** Present if cells can be ambiguous. */
  readonly cells?: MarkedCells;
  /** Hash of the cell read last: equal for cells that are equal to the model. */
  readonly word: number;
  /**
   * @param place index of the cell in the row @param out zeros from `at` on
   * @returns false if the row must be left out
   */
  read(row: RowView, place: number, out: Float32Array, at: number, news: CellNews[]): boolean;
}
