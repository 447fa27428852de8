/** A task's columns in words. Runs of numeric columns with one range become a single line: p0 to p63. */
import { classesOf, numberAnswerOf, type DateColumn, type TableColumn, type TableTask } from '#protocol/manifest/task';
import { t } from '../../i18n/t.ts';
import { count, quantity } from '../../words/format.ts';

const RUN_MIN = 4;

export function describeColumns(task: TableTask): readonly string[] {
  const lines: string[] = [];
  const columns = task.columns.filter((c) => c.kind !== 'ignored');
  for (let i = 0; i < columns.length;) {
    const run = runLength(columns, i);
    const column = columns[i]!;
    if (run >= RUN_MIN && column.kind === 'number') {
      const range = { min: quantity(column.min), max: quantity(column.max) };
      lines.push(t('data.columns.range', { first: column.name, last: columns[i + run - 1]!.name, count: count(run), ...range }));
      i += run;
    } else {
      lines.push(describeColumn(column));
      i++;
    }
  }
  if (task.group !== undefined) lines.push(t('doctor.column.group', { name: task.group.column, max: count(task.group.rowsMax) }));
  const number = numberAnswerOf(task);
  if (number === null) return [...lines, t('data.columns.label', { name: task.label.name, values: classesOf(task).join(', ') })];
  const range = { min: quantity(number.min), max: quantity(number.max) };
  return [...lines, t('data.columns.label.number', { name: task.label.name, ...range })];
}

type ReadColumn = Exclude<TableColumn, { kind: 'ignored' }>;

function describeColumn(column: ReadColumn): string {
  if (column.kind === 'number') {
    const line = t('data.columns.number', { name: column.name, min: quantity(column.min), max: quantity(column.max) });
    return column.missing === 'fill' ? t('doctor.column.fill', { line }) : line;
  }
  if (column.kind === 'date') return describeDate(column);
  const line = t('data.columns.category', { name: column.name, values: column.values.join(', ') });
  return column.others === true ? t('doctor.column.others', { line }) : line;
}

function describeDate({ name, from, to, weekday, hour, missing }: DateColumn): string {
  const parts = [
    ...(from === undefined ? [] : [t('data.columns.date.range', { from, to: to! })]),
    ...(weekday === true ? [t('data.columns.date.weekday')] : []),
    ...(hour === true ? [t('data.columns.date.hour')] : []),
  ];
  const line = t('data.columns.date', { name, parts: parts.join(', ') });
  return missing === 'fill' ? t('doctor.column.fill', { line }) : line;
}

function runLength(columns: readonly TableColumn[], from: number): number {
  const first = columns[from]!;
  if (first.kind !== 'number' || first.missing === 'fill') return 1;
  let to = from + 1;
  for (; to < columns.length; to++) {
    const next = columns[to]!;
    if (
      next.kind !== 'number' ||
      next.missing === 'fill' ||
      next.min !== first.min ||
      next.max !== first.max ||
      stem(next.name) !== stem(first.name)
    )
      break;
  }
  return to - from;
}

/** Only consecutively numbered names may be joined by "to". */
function stem(name: string): string {
  return name.replace(/\d+$/, '');
}
