/**
 * A row to start from when somebody tries a model: for each column the median or most frequent value of the public test rows, read back
 * from the inputs. Without public rows, the manifest's `typical` values serve.
 */
import { columnWidth, inputWidth, typicalOf, type DateColumn, type TableColumn, type Task } from '#protocol/manifest/task';
import { dayOfIso, isoOfDay } from '../loader/cells/date-cell.ts';
import { middleOf } from '../loader/cells/quantile.ts';

/** Numbers are given to about a thousandth of their range. */
const DIGITS = 3;
const NOON = '12:00';

/**
 * @param x test rows x inputs; null without a test set
 * @returns cells by column name, as a person would type them; none for tasks without columns
 */
export function typicalCells(task: Task, x: Float32Array | null): Readonly<Record<string, string>> {
  if (task.kind !== 'table') return {};
  const width = inputWidth(task);
  const rows = x === null ? [] : Array.from({ length: x.length / width }, (_, row) => row);
  const cells: Record<string, string> = {};
  let at = 0;
  for (const column of task.columns) {
    const input = (row: number, place: number) => x![row * width + at + place]!;
    if (column.kind === 'number') cells[column.name] = numberOf(column, rows, input);
    else if (column.kind === 'date') cells[column.name] = dateOf(column, rows, input);
    else if (column.kind === 'category') cells[column.name] = categoryOf(column, rows, input);
    at += columnWidth(column);
  }
  return cells;
}

type Input = (row: number, place: number) => number;

function numberOf(column: Extract<TableColumn, { kind: 'number' }>, rows: readonly number[], input: Input): string {
  const { min, max } = column;
  const typical = typicalOf(column);
  const known = column.missing === 'fill' ? rows.filter((row) => input(row, 1) === 0) : rows;
  const places = Math.min(20, Math.max(0, DIGITS - Math.floor(Math.log10(max - min))));
  if (known.length === 0) {
    const whole = column.typical === undefined && Number.isInteger(min) && Number.isInteger(max) && max - min > 1;
    return String(whole ? Math.floor(typical) : typical);
  }
  // For an even count the lower of the middle two, a value that a row has.
  const median = typical + (middleOf(known.map((row) => input(row, 0))) * (max - min)) / 2;
  return String(Number(median.toFixed(places)));
}

/** The median day, at noon if times count; the middle of the range without rows. */
function dateOf(column: DateColumn, rows: readonly number[], input: Input): string {
  const { from, to, weekday, hour, missing } = column;
  if (from === undefined || to === undefined) return weekday === true ? isoOfDay(0) : NOON;
  const known = missing === 'fill' ? rows.filter((row) => input(row, columnWidth(column) - 1) === 0) : rows;
  const [first, last] = [dayOfIso(from), dayOfIso(to)];
  const median = middleOf(known.map((row) => input(row, 0))) || 0;
  const day = isoOfDay(Math.floor((first + last) / 2 + (median * (last - first)) / 2 + 1e-6));
  return hour === true ? `${day} ${NOON}` : day;
}

/** The first if several are equal. An empty cell is not a listed value. */
function categoryOf(column: Extract<TableColumn, { kind: 'category' }>, rows: readonly number[], input: Input): string {
  const counts = column.values.map((_, place) => rows.filter((row) => input(row, place) === 1).length);
  const none = column.others === true ? rows.length - counts.reduce((sum, n) => sum + n, 0) : 0;
  const most = Math.max(...counts);
  return none > most ? '' : column.values[counts.indexOf(most)]!;
}
