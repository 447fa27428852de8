/**
 * A founder's sample of recordings: the lines of a few of them as cells, each with its recording and answer, from one file with all lines
 * or from one file per recording. It works without a schema. infer-recordings.ts interprets the columns.
 */
import { MeshError } from '#protocol/errors';
import { clockNamed } from '../loader/cells/clock.ts';
import { bare } from '../loader/lines/layout.ts';
import { nameOf } from '../loader/cells/file-names.ts';
import { folderOf, type ChosenFile } from '../loader/picture/picture-labels.ts';
import { chooseRecordings, NO_TEXT } from '../loader/recording/sequence-files.ts';
import { NAMED_LIKE_ANSWERS, recordingNames } from '../loader/recording/sequence-labels.ts';
import { answersOfFiles, LABEL_NAME, namedFile, readTables } from './answers-of-files.ts';
import { namesPerson } from './group-guess.ts';
import { readFirstRows, readSample, type FirstRows, type Sample } from './sample.ts';
import { spreadOver } from './spread.ts';

/** Lines that a schema is proposed from, lines read of a file that is one recording, and such files. */
const LINES_MAX = 50_000;
const FILE_LINES_MAX = 10_000;
const FILES_MAX = 400;
/** Files to look at that are named like lists of answers. */
const LISTS_MAX = 20;
/** Distinct values up to which a column may be taken for the answer. */
const ANSWERS_MAX = 30;
/** Mean lines per recording; with fewer they are rows of a table. */
const LINES_A_RECORDING = 4;
/** Mean recordings per person from which on they count as repeated. */
const REPEATS = 1.5;
const RECORDING_NAME =
  /^(recording|sequence|series|session|trial|walk|run|track|trace|sample|file|subject|segment)s?([ _.-]?(id|no|nr|number))?$|id$/i;

type Lines = readonly (readonly string[])[];

export interface RecordingSample {
  readonly name: string;
  /** One per measured column. */
  readonly names: readonly string[];
  /** Cells of each line of each recording, in the order of `names`; of a long sample neither all lines nor all recordings. */
  readonly recordings: readonly Lines[];
  /** Lines that each recording has. */
  readonly lengths: readonly number[];
  /** Names of the columns with the recording and the answer. */
  readonly recording: string;
  readonly label: string;
  /** A column that says whose recording it is, if it repeats, and the mean recordings per person. */
  readonly person: { readonly name: string; readonly recordings: number } | null;
  /** Distinct answers in order of appearance; empty if there are none. */
  readonly answers: readonly string[];
  readonly cut: boolean;
  readonly commaIsFree: boolean;
}

/** @throws MeshError file-empty, rows-too-many; what readFirstRows throws for one file; column-missing if no column names recordings */
export async function readRecordingSample(files: readonly File[]): Promise<RecordingSample> {
  const { chosen, single, news } = await chooseRecordings(files, null);
  if (single) {
    const file = namedFile(chosen[0]!.file);
    const first = await readFirstRows(file, LINES_MAX);
    // Its first lines would mislead: files are often sorted, for example by answer.
    return oneFile(first, first.cut ? await readSample(file) : null);
  }
  return manyFiles(
    chosen.map(({ file }) => file),
    news.some(({ code }) => code === 'recording-sensors'),
  );
}

/** @param whole statistics of the whole file, if it has more lines */
function oneFile({ name, names, rows, cut, separator }: FirstRows, whole: Sample | null): RecordingSample {
  const found = columnsOf(names, rows);
  if (found === null) {
    const got = `columns ${names.slice(0, 8).join(', ')}`;
    throw new MeshError('column-missing', { field: 'recording', expected: 'a column that names each line’s recording', got });
  }
  const persons = personsAmong(names, rows, found);
  // A column that only identifies the person or recording is not a measurement.
  const named = (i: number) =>
    persons.some(({ i: of }) => of === i) || (RECORDING_NAME.test(names[i]!) && isConstantIn(rows, found.recording, i));
  const measured = names.map((_, i) => i).filter((i) => i !== found.recording && i !== found.label && !named(i));
  const recordings = new Map<string, string[][]>();
  for (const cells of rows) {
    const line = measured.map((i) => cells[i]!);
    const known = recordings.get(cells[found.recording]!);
    if (known === undefined) recordings.set(cells[found.recording]!, [line]);
    else known.push(line);
  }
  return {
    name,
    names: measured.map((i) => names[i]!),
    recordings: [...recordings.values()],
    lengths: [...recordings.values()].map((lines) => lines.length),
    recording: names[found.recording]!,
    label: found.label < 0 ? 'label' : names[found.label]!,
    person:
      persons
        .filter(({ recordings: each }) => each >= REPEATS)
        .map(({ name: own, recordings: each }) => ({ name: own, recordings: Math.round(each) }))[0] ?? null,
    answers: found.label < 0 ? [] : answersIn(rows, found.label, whole),
    cut,
    commaIsFree: separator !== ',',
  };
}

function answersIn(rows: FirstRows['rows'], label: number, whole: Sample | null): string[] {
  const all = whole?.counted[label]?.values?.keys() ?? rows.map((cells) => cells[label]!);
  return [...new Set(all)].filter((cell) => cell !== '');
}

/** Columns that say whose recording it is, by name; they are not inputs. With the recordings per person, the most first. */
function personsAmong(
  names: readonly string[],
  rows: FirstRows['rows'],
  { recording, label }: { readonly recording: number; readonly label: number },
) {
  const count = new Set(rows.map((cells) => cells[recording]!)).size;
  return names
    .map((name, i) => ({ i, name }))
    .filter(({ i, name }) => i !== recording && i !== label && namesPerson(name) && isConstantIn(rows, recording, i))
    .map(({ i, name }) => ({ i, name, recordings: count / new Set(rows.map((cells) => cells[i]!)).size }))
    .toSorted((a, b) => b.recordings - a.recordings);
}

/**
 * The column that names recordings, and one that is constant within each of them: by their names, or else the finest such division and the
 * fewest answers.
 */
function columnsOf(names: readonly string[], rows: FirstRows['rows']): { readonly recording: number; readonly label: number } | null {
  const columns = names.map((name, i) => ({ i, name, distinct: new Set(rows.map((cells) => cells[i]!)).size }));
  const candidates = columns
    .filter(({ name, distinct }) => distinct >= 2 && distinct * LINES_A_RECORDING <= rows.length && clockNamed(name) === null)
    .toSorted((a, b) => Number(RECORDING_NAME.test(b.name)) - Number(RECORDING_NAME.test(a.name)) || b.distinct - a.distinct);
  for (const { i: recording, distinct, name } of candidates) {
    const labels = columns
      .filter(
        (one) =>
          one.i !== recording &&
          !namesPerson(one.name) &&
          one.distinct >= 2 &&
          one.distinct <= Math.min(ANSWERS_MAX, distinct) &&
          isConstantIn(rows, recording, one.i),
      )
      .toSorted((a, b) => Number(LABEL_NAME.test(b.name)) - Number(LABEL_NAME.test(a.name)) || a.distinct - b.distinct);
    if (labels[0] !== undefined) return { recording, label: labels[0].i };
    if (RECORDING_NAME.test(name)) return { recording, label: -1 };
  }
  return null;
}

function isConstantIn(rows: FirstRows['rows'], recording: number, column: number): boolean {
  const first = new Map<string, string>();
  return rows.every((cells) => {
    const known = first.get(cells[recording]!);
    if (known === undefined) first.set(cells[recording]!, cells[column]!);
    return known === undefined || known === cells[column]!;
  });
}

/** @param joined some files were joined from several sensors' and stand last: other files in their folders are not recordings */
async function manyFiles(chosen: readonly ChosenFile[], joined: boolean): Promise<RecordingSample> {
  const read = await readTables(someOf(chosen.filter(({ path }) => !NO_TEXT.test(path))), FILE_LINES_MAX);
  // The shape that most files have is a recording.
  const shapes = new Map<string, typeof read>();
  for (const one of read) {
    const shape = one.sample.hasHeader ? one.sample.names.map(bare).join() : String(one.sample.names.length);
    shapes.set(shape, [...(shapes.get(shape) ?? []), one]);
  }
  const alike = [...shapes.values()].toSorted((a, b) => b.length - a.length);
  const last = joined ? chosen.at(-1) : undefined;
  const recordings = alike.find((files) => files.some(({ file }) => file === last)) ?? alike[0] ?? [];
  const [first] = recordings;
  if (first === undefined) throw new MeshError('file-empty', { field: 'recordings', expected: 'files with lines of numbers', got: 'none' });
  const others = read.filter((one) => !recordings.includes(one));
  // Some lines of all of them, rather than all lines of some.
  const each = Math.max(1, Math.floor(LINES_MAX / recordings.length));
  const folder = folderOf(chosen);
  const ofRecordings = joined
    ? recordings.map(({ file }) => file)
    : chosen.filter(({ path }) => endingOf(path) === endingOf(first.file.path) && !NAMED_LIKE_ANSWERS.test(nameOf(path)));
  const found = answersOfFiles(
    recordingNames(recordings.map(({ file }) => file)),
    recordings.length,
    others,
    ofRecordings.map(({ path }) => path),
    ANSWERS_MAX,
  );
  return {
    name: folder ?? nameOf(first.file.path).replace(/[\W_]*\d*\.[^.]*$/, ''),
    names: first.sample.names,
    recordings: recordings.map(({ sample }) => sample.rows.slice(0, each)),
    lengths: recordings.map(({ sample }) => sample.rows.length),
    person: null,
    recording: found.key ?? 'recording',
    label: found.label ?? 'label',
    answers: found.answers,
    cut: chosen.length > FILES_MAX,
    commaIsFree: first.sample.separator !== ',',
  };
}

const endingOf = (path: string): string => /\.[^.]*$/.exec(path)?.[0].toLowerCase() ?? '';

/** Of very many files some from all over: neighbouring folders often share an answer. */
function someOf(files: readonly ChosenFile[]): ChosenFile[] {
  const [lists, others] = [true, false].map((likely) => files.filter(({ path }) => NAMED_LIKE_ANSWERS.test(nameOf(path)) === likely));
  return [...lists!.slice(0, LISTS_MAX), ...spreadOver(others!, FILES_MAX)];
}
