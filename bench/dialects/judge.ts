/** One table in one dialect: founding's proposal and the rows after joining, compared with its plain file. */
import { RandomWords, shuffle } from '#protocol/privacy/noise/random-words';
import type { TableTask } from '#protocol/manifest/task';
import type { SchemaGuess } from '#workers/founding/api';
import { inferSchema } from '#workers/founding/infer';
import { readSample } from '#workers/founding/sample';
import { loadTable } from '#workers/loader/table/table';
import { seededBytes } from '../seeded-bytes.ts';
import { columnsOf, EMPTY_FORM, taskOf } from '../../web/state/founding/founding-form.ts';
import { dialectFile, plainFile, renamed, type Dialect } from './dialect.ts';
import type { PlainTable } from './tables.ts';

export interface Judged {
  readonly founding: boolean;
  readonly joining: boolean;
  readonly tensors: boolean;
  /** Empty if all agree. */
  readonly differs: readonly string[];
}

const ROWS_MAX = 5000;

export async function judge(plain: PlainTable, dialect: Dialect): Promise<Judged> {
  const table = renamed(plain, dialect);
  const withNames = dialect.heading !== 'none';
  const inOrder = table.names.map((_, i) => i);
  const text = plainFile(table, withNames);
  const differs: string[] = [];
  const same = (what: string, got: unknown, right: unknown): boolean => {
    const [a, b] = [JSON.stringify(got), JSON.stringify(right)];
    if (a !== b) differs.push(`${what}: ${firstDifference(a, b)}`);
    return a === b;
  };
  const failed = (what: string) => (error: unknown) => {
    differs.push(`${what}: ${String(error)}`);
    return null;
  };
  const right = await found(new Blob([text]));
  const task = taskFor(right);
  const own = await found(dialectFile(table, dialect, inOrder, false)).catch(failed('founding'));
  // R's row names are a column without a name.
  const columns = own === null ? null : dialect.heading === 'short' ? own.columns.slice(1) : own.columns;
  const founding =
    columns !== null &&
    [
      same(
        'proposed',
        columns.map(({ proposed }) => proposed),
        right.columns.map(({ proposed }) => proposed),
      ),
      same('values', columns.map(valuesOf), right.columns.map(valuesOf)),
      same('rows', [own!.rows, own!.total], [right.rows, right.total]),
    ].every(Boolean);
  const movable = withNames && dialect.names === 'own' && dialect.shuffled;
  const order = movable ? shuffle([...inOrder], new RandomWords(seededBytes(`order/${dialect.seed}`))) : inOrder;
  const theirs = dialectFile(table, dialect, order, withNames && dialect.respelt && dialect.names === 'own');
  const [ours, joined] = [await loadTable(text, task, ROWS_MAX), await loadTable(theirs, task, ROWS_MAX).catch(failed('joining'))];
  const left = joined?.report.findings
    .filter(({ code, action }) => action === 'left-out' && code !== 'comment-lines')
    .map(({ code, column, got }) => [code, column, got]);
  const before = ours.report.findings.filter(({ code, action }) => action === 'left-out' && code !== 'comment-lines').length;
  const joining =
    joined !== null &&
    [same('rows joined', joined.rows.y.length, ours.rows.y.length), left!.length === before || same('left out', left, [])].every(Boolean);
  const bits = (x: Float32Array) => Buffer.from(x.buffer, x.byteOffset, x.byteLength);
  const tensors = joined !== null && bits(joined.rows.x).equals(bits(ours.rows.x)) && joined.rows.y.every((y, i) => y === ours.rows.y[i]);
  if (joining && !tensors)
    differs.push(`tensors: value ${joined.rows.x.findIndex((v, i) => v !== ours.rows.x[i])} of ${joined.rows.x.length}`);
  return { founding, joining, tensors, differs };
}

/** Values to compare: not those of numeric columns, which are spelt as in the file. */
function valuesOf({ proposed, range, values, missing }: SchemaGuess['columns'][number]): readonly unknown[] {
  return [proposed.kind === 'number' || (proposed.kind === 'ignored' && range !== null) ? null : values, missing];
}

async function found(file: Blob): Promise<SchemaGuess> {
  return inferSchema(await readSample(new File([file], 'table.csv')));
}

/** As the page makes it from an unchanged proposal. */
function taskFor(guess: SchemaGuess): TableTask {
  return taskOf({ ...EMPTY_FORM, source: 'file', columns: columnsOf(guess), label: guess.label }) as TableTask;
}

function firstDifference(a: string, b: string): string {
  const at = Math.max(0, [...a].findIndex((letter, i) => letter !== b[i]) - 30);
  return `${a.slice(at, at + 90)} … expected ${b.slice(at, at + 90)}`;
}
