/**
 * Reads files of recordings line by line: one file with a column that names the recording of each line, or one file per recording. Collects
 * raw values and oddities; a file without measurements is set apart. sequence-labels.ts finds the answers of files; sequence-files.ts
 * decides which recordings are used.
 */
import { asMeshError, MeshError } from '#protocol/errors';
import type { SequenceTask } from '#protocol/manifest/task';
import { isMissing, shownCell } from '../cells/cell.ts';
import { readClock } from '../cells/clock.ts';
import { Findings, type News } from '../cells/findings.ts';
import { NameList } from '../cells/name-list.ts';
import { decimalMarks, type DecimalMark } from '../cells/number-cell.ts';
import { nameOf } from '../cells/file-names.ts';
import { type ChosenFile } from '../picture/picture-labels.ts';
import type { RowView } from '../lines/row-view.ts';
import { rowBatches, SEPARATOR_NAMES, type RowBatch, type Separator } from '../lines/rows.ts';
import { DRAWS, SeenRows, unitName } from '../lines/seen-rows.ts';
import { RecordingBook, type Gathered } from './sequence-book.ts';
import { areNumbers, isLineHeader, lineFit, lineLayout, type LineLayout } from './sequence-layout.ts';
import { LineReader } from './sequence-lines.ts';

const HASH = 35;

export interface ReadingOptions {
  /** Most recordings to keep. */
  readonly most: number;
  /** Share of the recordings to read, above 0, at most 1; each is drawn by its own name. */
  readonly part: number;
  /** One file was chosen. */
  readonly single: boolean;
}

export class RecordingReading {
  readonly findings = new Findings();
  readonly book: RecordingBook;
  /** Files that are one recording, by that recording; in other files each line names its recording. */
  readonly fileOf = new Map<Gathered, ChosenFile>();
  /** Files without measurements: one of them may hold the answers. */
  readonly others: ChosenFile[] = [];
  /** Layout of the file read last. */
  layout: LineLayout | null = null;
  /** Number of recordings outside the part. */
  parted = 0;
  firstProblem: MeshError | null = null;
  readonly #task: SequenceTask;
  readonly #part: number;
  readonly #lines: LineReader;
  readonly #classes: NameList;
  readonly #several: boolean;
  readonly #told = new Set<string>();
  readonly #partedIds = new SeenRows();
  #separator: Separator = ',';

  constructor(task: SequenceTask, { most, part, single }: ReadingOptions, marks?: readonly DecimalMark[]) {
    this.#task = task;
    this.#several = !single;
    this.#part = part;
    this.#lines = new LineReader(task, marks);
    this.#classes = new NameList(task.label.classes, false);
    this.book = new RecordingBook(task.channels.length, most);
  }

  marks(): DecimalMark[] {
    return decimalMarks(this.#lines.columns, this.#separator !== ',');
  }

  mayDiffer(marks: readonly DecimalMark[]): boolean {
    return this.#lines.columns.some((column, i) => column.either > 0 && column.mark !== marks[i]);
  }

  /** @param id of the recording, if the file is one @throws MeshError as the readers do, if it is the only file */
  async read(file: ChosenFile, id: string): Promise<void> {
    const of = new FileLines(file, id);
    try {
      for await (const batch of rowBatches(file.file, (rows) => lineFit(rows, this.#task))) {
        this.#separator = batch.separator;
        if (of.layout === null) this.#open(batch, of);
        batch.each((view, row) => this.#row(view, row, of));
        this.#wholeFile(batch, of);
      }
      if (of.current === undefined) throw new MeshError('file-empty', { expected: 'lines of measurements', got: 'none' });
    } catch (error) {
      this.#unread(file, error);
    }
  }

  /** Refuses a single file; of several, sets one with other content apart and reports one that cannot be read. */
  #unread(file: ChosenFile, error: unknown): void {
    const problem = asMeshError(error);
    if (!this.#several || problem.code === 'internal' || problem.detail.field === 'recordings') throw problem;
    if (problem.code === 'column-count' || problem.code === 'file-binary') {
      this.others.push(file);
      return;
    }
    this.firstProblem ??= problem;
    const { expected = null, got = '' } = problem.detail;
    this.findings.add({ code: 'recording-unreadable', action: 'left-out', expected, got: `${nameOf(file.path)}: ${got}` }, null);
  }

  #open(batch: RowBatch, of: FileLines): void {
    of.layout = lineLayout(batch.preview(), batch.first, this.#task);
    this.layout = of.layout;
    for (const news of of.layout.news) this.#once(news, of.layout.hasHeader && !this.#several ? of.layout.firstRow - 1 : null);
  }

  #row(view: RowView, row: number, of: FileLines): void {
    const { firstRow, hasHeader, columns, recording } = of.layout!;
    if (view.isBlank()) {
      // A moment without values, unless only such lines follow, as at the end of spreadsheets.
      if (recording < 0 && of.current != null && columns > 1 && view.count === columns) of.gaps++;
    } else if (row >= firstRow) this.#line(view, row, of);
    else if (row < firstRow - (hasHeader ? 1 : 0)) this.#comment(view, row, of);
  }

  #line(view: RowView, row: number, of: FileLines): void {
    const layout = of.layout!;
    const found = view.count === layout.columns ? layout.columns : view.width(layout.columns);
    // A line that begins with # is a comment unless its channels are numbers, or gaps as spreadsheets write them.
    if (view.startsWith(HASH) && (found !== layout.columns || !areNumbers(view.cells(), layout.channels)))
      return this.#comment(view, row, of);
    if (found !== layout.columns) {
      const got = this.#place(String(found), row, of);
      this.findings.add({ code: 'column-count', action: 'left-out', expected: `${layout.columns} columns`, got }, this.#rowOf(row));
      this.firstProblem ??= new MeshError('column-count', { row, expected: `${layout.columns} columns`, got: String(found) });
      return;
    }
    const recording = layout.recording < 0 ? this.#whole(row, of) : this.#named(view, row, of);
    if (recording === null) return;
    const { values } = this.#lines;
    const present = this.#lines.read(view, layout.channels, (news) => this.#odd(news, row, of));
    // The second header of joined files.
    if (present === 0 && isLineHeader(view.cells(), this.#task)) return this.#comment(view, row, of);
    if (layout.label >= 0) this.#answer(view, row, recording, layout.label);
    if (layout.clock !== null) recording.noteTime(readClock(view.cell(layout.clock.place), this.#separator !== ','), layout.clock, row);
    recording.raw.line(view, found, [layout.recording, layout.label]);
    for (; of.gaps > 0; of.gaps--) this.book.add(recording, new Float32Array(values.length).fill(NaN), 0);
    this.book.add(recording, values, present);
  }

  /** The recording that the whole file is; null outside the part. */
  #whole(row: number, of: FileLines): Gathered | null {
    if (of.current === undefined) {
      of.current = this.#begin(of.id, row);
      if (of.current !== null) this.fileOf.set(of.current, of.file);
    }
    return of.current;
  }

  #named(view: RowView, row: number, of: FileLines): Gathered | null {
    const place = of.layout!.recording;
    // Lines of one recording mostly follow each other: equal hashes are the same name.
    if (of.current !== undefined && of.low === view.lows[place] && of.high === view.highs[place]) return of.current;
    const cell = view.cell(place);
    if (isMissing(cell)) {
      const { recording: column } = this.#task;
      this.findings.add(
        { code: 'missing', action: 'left-out', column, expected: 'the name of its recording', got: 'nothing' },
        this.#rowOf(row),
      );
      return null;
    }
    of.low = view.lows[place]!;
    of.high = view.highs[place]!;
    of.current = this.#begin(this.#several ? `${of.id}: ${cell}` : cell, row);
    return of.current;
  }

  #begin(id: string, row: number): Gathered | null {
    const name = unitName(id);
    if (name < this.#part * DRAWS) return this.book.of(id, row);
    if (this.#partedIds.add(name % 2 ** 32, name / 2 ** 32) === 0) this.parted++;
    return null;
  }

  #answer(view: RowView, row: number, recording: Gathered, place: number): void {
    const [low, high] = [view.lows[place]!, view.highs[place]!];
    if (recording.answer !== null && low === recording.answerLow && high === recording.answerHigh) return;
    recording.answerLow = low;
    recording.answerHigh = high;
    const cell = view.cell(place);
    const { value } = this.#classes.find(cell);
    if (recording.answer === null) {
      recording.answer = cell;
      recording.label = value;
    } else if (value !== recording.label || (value < 0 && cell !== recording.answer)) {
      recording.differs ??= { row, answer: cell };
    }
  }

  #odd(news: News, row: number, of: FileLines): void {
    const key = `${news.code}\0${news.column}`;
    // The first one is described; the others are counted.
    if (this.#told.has(key)) return this.findings.add(news, this.#rowOf(row));
    this.#told.add(key);
    this.findings.add({ ...news, got: this.#place(news.got ?? '', row, of) }, this.#rowOf(row));
  }

  #comment(view: RowView, row: number, of: FileLines): void {
    const got = this.#place(shownCell(view.cells().join(' ')), row, of);
    this.findings.add({ code: 'comment-lines', action: 'left-out', got }, this.#rowOf(row));
  }

  /** With several files, a line's number alone says nothing. */
  #rowOf(row: number): number | null {
    return this.#several ? null : row;
  }

  #place(got: string, row: number, { file }: FileLines): string {
    return this.#several ? `${got} in ${nameOf(file.path)}, line ${row}` : got;
  }

  #wholeFile({ encoding, separator }: RowBatch, of: FileLines): void {
    const readAs = SEPARATOR_NAMES[separator];
    if (separator !== ',' && of.layout!.columns > 1) this.#once({ code: 'separator', action: 'read-as', expected: 'commas', readAs }, null);
    if (encoding !== 'UTF-8') this.#once({ code: 'encoding', action: 'read-as', expected: 'UTF-8', readAs: encoding }, null);
  }

  /** Reports once what many files share. */
  #once(news: News, row: number | null): void {
    if (this.#told.has(news.code)) return;
    this.#told.add(news.code);
    this.findings.add(news, row);
  }
}

/** The state of one file while it is read. */
class FileLines {
  readonly file: ChosenFile;
  readonly id: string;
  layout: LineLayout | null = null;
  /** Recording of the previous line; null outside the part or the bound, undefined before the first. */
  current: Gathered | null | undefined;
  /** Lines without values since the last one with some. */
  gaps = 0;
  /** Hashes of the cell that named `current`. */
  low = 0;
  high = 0;

  constructor(file: ChosenFile, id: string) {
    this.file = file;
    this.id = id;
  }
}
