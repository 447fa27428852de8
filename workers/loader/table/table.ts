/**
 * Turns a person's file into the tensors of one federation, checked against the manifest's schema while it streams, with a report of what
 * was found. Nothing leaves the device. A bad row is left out and named; a mostly bad file is refused with its first problem, and so is one
 * with too many rows, unless its owner asks for a part of it. encode.ts encodes, rows.ts splits text, kept-sample.ts decides which rows
 * stay.
 */
import { MeshError } from '#protocol/errors';
import { TABLE_BYTES_MAX } from '#protocol/limits';
import { classesOf, classLabelOf, numberAnswerOf, type TableTask } from '#protocol/manifest/task';
import { isMissing, shownCell } from '../cells/cell.ts';
import { noteBalance } from '../lines/class-balance.ts';
import { RowReader } from './encode.ts';
import type { CellNews } from './column-reader.ts';
import { Findings, type News } from '../cells/findings.ts';
import { KeptSample } from './kept-sample.ts';
import { bare, formFit, layoutOf, wantedOf, type Layout } from '../lines/layout.ts';
import { columnMarks, marksDiffer, type CellMark } from './column-marks.ts';
import { telling, type Listener } from '../../listener.ts';
import { openTable, type OpenedTable } from '../lines/opened-table.ts';
import { RawRows } from '../lines/raw-rows.ts';
import { rowBatches, SEPARATOR_NAMES, type RowBatch } from '../lines/rows.ts';
import type { RowView } from '../lines/row-view.ts';
import { drawOf, DRAWS, SeenRows, unitName } from '../lines/seen-rows.ts';
import type { ReadRows, ReadStored } from '../lines/read-rows.ts';
import { tensorsOf } from '../lines/stored-rows.ts';
import type { Wanted } from '../lines/table-form.ts';

export interface AboutTable {
  readonly name?: string;
  readonly synthetic?: boolean;
  /** Most bytes of the tensor; rows past them are refused like those past `rowsMax`. */
  readonly bytesMax?: number;
  /** Share of the units to read, above 0, at most 1; each is drawn independently of the others. */
  readonly part?: number;
  readonly listener?: Listener;
  /** Whether to return the rows' hashes and groups too, for the budget's account. */
  readonly raw?: boolean;
}

/**
 * @param rowsMax the manifest's limit of rows per member
 * @throws MeshError rows-too-many, file-too-large, file-binary, file-empty, column-missing, column-count, rows-too-few, field-invalid for
 * a row that does not end, or the first bad row's problem (value-type, label-unknown, column-count) if most rows fail
 */
export async function readTable(source: Blob | string, task: TableTask, rowsMax: number, about: AboutTable = {}): Promise<ReadStored> {
  let reading = await readOnce(source, task, rowsMax, about, undefined);
  const marks = reading.marks();
  // If the cells imply other marks than assumed, and some are ambiguous, they are read once more by those marks.
  if (reading.mayDiffer(marks)) {
    reading.release();
    reading = await readOnce(source, task, rowsMax, about, marks);
  }
  return reading.finish(
    about.name ?? (source instanceof Blob && 'name' in source && typeof source.name === 'string' ? source.name : 'table'),
  );
}

/** The same with all inputs in one tensor. */
export async function loadTable(...all: Parameters<typeof readTable>): Promise<ReadRows> {
  const read = await readTable(...all);
  return { ...read, rows: tensorsOf(read.rows) };
}

async function readOnce(source: Blob | string, task: TableTask, rowsMax: number, about: AboutTable, marks: CellMark[] | undefined) {
  const reading = new TableReading(task, rowsMax, about, marks);
  const wanted = wantedOf(task, 'training');
  const tell = telling(about.listener ?? {});
  for await (const batch of rowBatches(source, (first, by) => formFit(first, by, wanted))) {
    reading.take(batch);
    tell(batch.share);
  }
  return reading;
}

class TableReading {
  readonly #task: TableTask;
  readonly #synthetic: boolean;
  readonly #rowsMax: number;
  readonly #reader: RowReader;
  readonly #kept: KeptSample;
  readonly #groupAt: number;
  readonly #part: number;
  readonly #raw: RawRows | null;
  readonly #seen = new SeenRows();
  readonly #findings = new Findings();
  readonly #news: CellNews[] = [];
  readonly #duplicates = this.#findings.counter({ code: 'duplicates', action: 'kept' });
  readonly #wanted: Wanted;
  #table: OpenedTable | null = null;
  #layout: Layout | undefined;
  #last: RowBatch | undefined;
  #good = 0;
  /** Good rows outside the requested part. */
  #parted = 0;
  #leftOut = 0;
  #firstProblem: MeshError | undefined;

  constructor(task: TableTask, rowsMax: number, about: AboutTable, marks: CellMark[] | undefined) {
    this.#task = task;
    this.#wanted = wantedOf(task, 'training');
    this.#synthetic = about.synthetic ?? false;
    this.#part = about.part ?? 1;
    this.#raw = about.raw === true ? new RawRows() : null;
    this.#reader = new RowReader(task, marks);
    this.#rowsMax = Math.min(rowsMax, Math.floor((about.bytesMax ?? TABLE_BYTES_MAX) / 4 / this.#reader.code.width));
    this.#kept = new KeptSample(this.#reader.code, this.#rowsMax, task.group?.rowsMax ?? null, numberAnswerOf(task) !== null);
    this.#groupAt = task.columns.findIndex(({ name }) => name === task.group?.column);
  }

  marks(): CellMark[] {
    return columnMarks(this.#reader.markedColumns(), this.#last !== undefined && this.#last.separator !== ',');
  }

  mayDiffer(marks: readonly CellMark[]): boolean {
    return marksDiffer(this.#reader.markedColumns(), marks);
  }

  release(): void {
    this.#kept.release();
  }

  take(batch: RowBatch): void {
    this.#last = batch;
    if (this.#layout === undefined) this.#open(batch);
    batch.each((view, row) => {
      if (!view.isBlank()) this.#row(view, row);
    });
  }

  #open(batch: RowBatch): void {
    this.#table = openTable(batch, this.#wanted);
    if (this.#table === null) return;
    const { form, row } = this.#table;
    this.#layout = layoutOf(form, this.#task, 'training', row);
    const { hasHeader, news } = this.#layout;
    for (const one of news) this.#findings.add(one, hasHeader ? row : null);
  }

  #row(view: RowView, row: number): void {
    const layout = this.#layout;
    const line = this.#table?.lineOf(view, row) ?? 'comment';
    if (line !== 'row' || layout === undefined) return line === 'heading' ? undefined : this.#comment(view, row);
    const found = view.count === layout.columns ? layout.columns : view.width(layout.columns);
    if (found !== layout.columns) {
      return this.#leave(row, { code: 'column-count', action: 'left-out', expected: `${layout.columns} columns`, got: String(found) });
    }
    const group = this.#groupAt < 0 ? '' : view.cell(layout.places[this.#groupAt]!);
    if (this.#groupAt >= 0 && isMissing(group)) {
      const column = this.#task.group!.column;
      return this.#leave(row, { code: 'missing', action: 'left-out', column, expected: 'the name of its group', got: 'nothing' });
    }
    const news = this.#news;
    if (news.length > 0) news.length = 0;
    const room = this.#kept.room();
    const label = this.#reader.read(view, layout.places, room.coded, room.offset, news);
    if (Number.isNaN(label)) {
      // The second heading of joined files.
      return this.#wanted.names(view.cells()) > 0 ? this.#comment(view, row) : this.#leave(row, news.at(-1)!);
    }
    this.#good++;
    for (let i = 0; i < news.length; i++) this.#findings.add(news[i]!, row);
    const { hashLow, hashHigh } = this.#reader;
    const copies = this.#seen.add(hashLow, hashHigh);
    if (copies > 0) this.#duplicates.note(row);
    const unit = this.#groupAt < 0 ? 0 : unitName(group);
    // Each group draws for itself, so equal rows of another group change nothing. Reading all rows needs no draw.
    const all = this.#part === 1 && this.#groupAt < 0;
    const draw = all ? 0 : this.#groupAt < 0 ? drawOf(hashLow, hashHigh, copies) : drawOf(hashLow ^ unit, hashHigh ^ (unit / 2 ** 32), 0);
    if (!all && (this.#groupAt < 0 ? draw : unit) >= this.#part * DRAWS) {
      this.#parted++;
      return;
    }
    this.#kept.add(room, label, draw, unit);
    if (this.#raw !== null && this.#kept.lastAt >= 0) this.#raw.note(view, this.#kept.lastAt);
  }

  #comment(view: RowView, row: number): void {
    const got = shownCell(view.cells().join(' '));
    this.#findings.add({ code: 'comment-lines', action: 'left-out', got }, row);
  }

  #leave(row: number, news: News): void {
    this.#leftOut++;
    this.#findings.add(news, row);
    if (this.#firstProblem !== undefined) return;
    const { code, column, expected = '', got = '' } = news;
    const known = code === 'column-count' ? code : code === 'label-missing' || code === 'label-unknown' ? 'label-unknown' : 'value-type';
    this.#firstProblem = new MeshError(known, { row, ...(column == null ? {} : { field: column }), expected: expected!, got: got! });
  }

  /** @throws MeshError if the rows are not a usable data set */
  finish(name: string): ReadStored {
    if (this.#layout === undefined) throw new MeshError('file-empty', { expected: 'rows of data' });
    if (this.#firstProblem !== undefined && this.#leftOut > this.#good) throw this.#firstProblem;
    if (this.#good === 0) throw new MeshError('rows-too-few', { expected: 'at least one row of data', got: '0' });
    if (this.#kept.beyond > 0) {
      const [expected, got] = [`at most ${this.#rowsMax.toLocaleString('en')} rows`, String(this.#good - this.#parted)];
      throw new MeshError('rows-too-many', { expected, got });
    }
    if (this.#kept.count === 0) throw new MeshError('rows-too-few', { expected: 'at least one row in this part', got: '0' });
    const classCounts = classesOf(this.#task).map(() => 0);
    if (classCounts.length > 0) {
      for (const label of this.#kept.labels()) classCounts[label]!++;
      noteBalance(classCounts, classLabelOf(this.#task), this.#findings);
    }
    this.#wholeFile();
    const { columns, hasHeader } = this.#layout;
    const report = { name, columns, classCounts, hasHeader, findings: this.#findings.list(), synthetic: this.#synthetic };
    const rows = this.#kept.rows();
    if (this.#raw === null) return { rows, report };
    const group = this.#groupAt < 0 ? {} : { group: this.#groupBytes() };
    return { rows, report, raw: this.#raw.bytes(rows.y.length), ...group };
  }

  /** Per row the names of its group and of the group's column: patient 7 is not house 7. */
  #groupBytes(): Uint8Array<ArrayBuffer> {
    const column = unitName(bare(this.#task.group!.column));
    const units = this.#kept.unitNames();
    const names = new Float64Array(2 * units.length).fill(column);
    for (const [row, unit] of units.entries()) names[2 * row] = unit;
    return new Uint8Array(names.buffer);
  }

  #wholeFile(): void {
    const { group } = this.#task;
    const { separator, encoding } = this.#last!;
    const add = this.#findings.add.bind(this.#findings);
    if (encoding !== 'UTF-8') add({ code: 'encoding', action: 'read-as', expected: 'UTF-8', readAs: encoding }, null);
    if (separator !== ',') add({ code: 'separator', action: 'read-as', expected: 'commas', readAs: SEPARATOR_NAMES[separator] }, null);
    const { unitLeft } = this.#kept;
    if (unitLeft > 0) {
      const expected = `at most ${group!.rowsMax} rows each`;
      add({ code: 'unit-rows', action: 'left-out', column: group!.column, count: unitLeft, expected }, null);
    }
    if (this.#parted > 0) {
      const expected = `1 in ${Math.round(1 / this.#part)}`;
      add({ code: 'rows-part', action: 'left-out', count: this.#parted, expected, got: String(this.#good) }, null);
    }
  }
}
