/** How to read the cells of each column when there are two ways: decided once per column, from all of its cells. */
import { DateCells, dateOrder, type DateOrder } from '../cells/date-cell.ts';
import { decimalMarks, NumberColumn, type DecimalMark } from '../cells/number-cell.ts';

export type CellMark = DecimalMark | DateOrder;
/** A column whose cells were read by one mark, and what they say about it. */
export type MarkedCells = NumberColumn | DateCells;

/** Of each column; a point where it does not matter. */
export function columnMarks(columns: readonly (MarkedCells | null)[], commaIsFree: boolean): CellMark[] {
  const decimal = decimalMarks(
    columns.map((column) => (column instanceof NumberColumn ? column : null)),
    commaIsFree,
  );
  return columns.map((column, i) => (column instanceof DateCells ? dateOrder(column) : decimal[i]!));
}

/** Whether some cells would say something else by these marks than by those they were read by. */
export function marksDiffer(columns: readonly (MarkedCells | null)[], marks: readonly CellMark[]): boolean {
  return columns.some((column, i) => column !== null && column.either > 0 && column.mark !== marks[i]);
}
