/** How to read each column's ambiguous cells: decided once per column, from all of its cells. */
import { DateCells, dateOrder, type DateOrder } from '../cells/date-cell.ts';
import { decimalMarks, NumberColumn, type DecimalMark } from '../cells/number-cell.ts';

export type CellMark = DecimalMark | DateOrder;
/** A column's cells, read by one mark, with the evidence for either mark. */
export type MarkedCells = NumberColumn | DateCells;

/** One mark per column; a point where none matters. */
export function columnMarks(columns: readonly (MarkedCells | null)[], commaIsFree: boolean): CellMark[] {
  const decimal = decimalMarks(
    columns.map((column) => (column instanceof NumberColumn ? column : null)),
    commaIsFree,
  );
  return columns.map((column, i) => (column instanceof DateCells ? dateOrder(column) : decimal[i]!));
}

/** Whether some cells would read differently by these marks. */
export function marksDiffer(columns: readonly (MarkedCells | null)[], marks: readonly CellMark[]): boolean {
  return columns.some((column, i) => column !== null && column.either > 0 && column.mark !== marks[i]);
}
