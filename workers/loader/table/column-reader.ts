/** How one column's cells become numbers, for any kind of column: encode.ts reads numbers and classes, date-reader.ts dates. */
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
  readonly width: number;
  /** Where cells can be written in two ways. */
  readonly cells?: MarkedCells;
  /** Of the cell that was read last: cells that say the same to the model have the same. */
  readonly word: number;
  /**
   * @param place of the cell in the row @param out zeros from `at` on
   * @returns false when the row must be left out
   */
  read(row: RowView, place: number, out: Float32Array, at: number, news: CellNews[]): boolean;
}
