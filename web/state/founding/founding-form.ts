/**
 * A founder's form as plain data, and the resulting draft. Numbers are kept as typed, so that nothing is lost on the way to a valid one;
 * the worker's check reports errors by the draft's paths.
 */
import type { FoundingDraft, PicturesGuess, SchemaGuess } from '#workers/founding/api';
import {
  CENTRE_FIELDS,
  classesOf,
  numberAnswerOf,
  type ImageTask,
  type NumberAnswer,
  type TableColumn,
  type TableTask,
  type Task,
} from '#protocol/manifest/task';
import { EMPTY_SEQUENCE, sequenceTaskOf, type SequenceForm } from './founding-sequence.ts';
import { linesOf, numberOf } from '../typed-text.ts';

export interface ColumnForm {
  readonly name: string;
  /** The sample's heading; null if it has none. */
  readonly heading: string | null;
  readonly kind: TableColumn['kind'];
  readonly min: string;
  readonly max: string;
  /** Empty: the middle of the range. */
  readonly typical: string;
  /** A missing number is filled; otherwise its row is left out. */
  readonly fill: boolean;
  /** One value per line. */
  readonly values: string;
  readonly others: boolean;
  /** Cells that are read as missing, one per line. */
  readonly gaps: string;
  /** Whether a person has confirmed that suspected missing values are numbers. */
  readonly settled: boolean;
  /** Days as 2024-03-01; if empty, elapsed time is not read. */
  readonly from: string;
  readonly to: string;
  readonly weekday: boolean;
  readonly hour: boolean;
  readonly guess: SchemaGuess['columns'][number] | null;
}

/** One of several classes, or a number, with the weight of outlying answers. */
export type AnswerForm = 'classes' | NumberAnswer['loss'];

export interface FoundingForm {
  readonly source: 'file' | 'recordings' | 'pictures' | 'scratch';
  readonly fileName: string;
  /** The sample has names of columns; otherwise they are made up. */
  readonly named: boolean;
  /** Rows from which columns are proposed, and rows of the file they were drawn from. */
  readonly sampleRows: number;
  readonly fileRows: number;
  /** The answer among them, at `label`: its values are the classes, or its range is the answer's. */
  readonly columns: readonly ColumnForm[];
  readonly label: number;
  readonly answer: AnswerForm;
  readonly pixels: boolean;
  /** Whose rows are protected together; and the column that repeats a person in the sample, with the rows that each has. */
  readonly group: {
    readonly column: number | null;
    readonly rowsMax: string;
    readonly seen: { readonly column: number; readonly rows: number } | null;
  };
  readonly image: {
    readonly width: string;
    readonly height: string;
    readonly colour: ImageTask['colour'];
    readonly background: ImageTask['background'];
    /**
     * Brightnesses separated by commas; if empty, the background, as always for a network of layers, which gained nothing from a centre.
     */
    readonly centre: string;
    readonly label: string;
    readonly classes: string;
    /** Of the sample, and how many it has; 0 if there is none. */
    readonly name: string;
    readonly pictures: number;
  };
  readonly sequence: SequenceForm;
  readonly policy: {
    readonly epsilon: number;
    readonly delta: string;
    readonly members: string;
    readonly rowsEach: string;
    readonly model: 'logistic' | 'hidden' | 'layers';
  };
  readonly rounds: { readonly min: string; readonly max: string; readonly joinS: string; readonly deadlineS: string };
  /** Null: as suggested. */
  readonly name: string | null;
  readonly description: string | null;
  readonly region: string | null;
  readonly consent: string | null;
  readonly test: { readonly open: boolean; readonly percent: string };
  /** A code of the relay's host, as typed. */
  readonly invitation: string;
}

/** Units of the small hidden layer, as the table preset has them. */
export const HIDDEN_UNITS = 8;
export const DELTAS = ['1e-4', '1e-5', '1e-6', '1e-7'] as const;
export const EPSILON = { min: 0.25, max: 8, step: 0.25 } as const;

export const EMPTY_FORM: FoundingForm = {
  source: 'file',
  fileName: '',
  named: true,
  sampleRows: 0,
  fileRows: 0,
  columns: [],
  label: 0,
  answer: 'classes',
  pixels: false,
  group: { column: null, rowsMax: '8', seen: null },
  image: { width: '16', height: '16', colour: 'grey', background: 'light', centre: '', label: 'label', classes: '', name: '', pictures: 0 },
  sequence: EMPTY_SEQUENCE,
  policy: { epsilon: 1, delta: '1e-5', members: '10', rowsEach: '200', model: 'logistic' },
  rounds: { min: '3', max: '64', joinS: '2', deadlineS: '15' },
  name: null,
  description: null,
  region: null,
  consent: null,
  test: { open: false, percent: '50' },
  invitation: '',
};

/** A row of fields per line. */
function centreText(centre: readonly number[]): string {
  const each = centre.length / CENTRE_FIELDS;
  if (centre.length < CENTRE_FIELDS) return centre.join(', ');
  return Array.from({ length: CENTRE_FIELDS }, (_, row) => centre.slice(row * each, (row + 1) * each).join(', ')).join('\n');
}

/** As a sample of pictures proposes it. */
export function imageFormOf({ width, height, centre, classes, ...found }: PicturesGuess): FoundingForm['image'] {
  return { ...found, width: String(width), height: String(height), centre: centreText(centre ?? []), classes: classes.join('\n') };
}

export function emptyColumn(name: string): ColumnForm {
  const number = { min: '0', max: '1', typical: '', fill: false, gaps: '', settled: false };
  const date = { from: '', to: '', weekday: false, hour: false };
  return { name, heading: null, kind: 'number', ...number, ...date, values: '', others: false, guess: null };
}

/** The columns of a sample as they are proposed. */
export function columnsOf(guess: SchemaGuess): readonly ColumnForm[] {
  return guess.columns.map((column) => {
    const { proposed, values, range, dates } = column;
    const answer = column === guess.columns[guess.label];
    return {
      name: proposed.name,
      heading: guess.hasHeader ? proposed.name : null,
      kind: proposed.kind,
      min: range === null ? '' : String(range.min),
      max: range === null ? '' : String(range.max),
      typical: range === null ? '' : String(range.typical),
      fill: column.missing > 0,
      values: ((answer ? values : null) ?? (proposed.kind === 'category' ? proposed.values : (values ?? []))).join('\n'),
      others: proposed.kind === 'category' && proposed.others === true,
      gaps: '',
      settled: false,
      from: dates?.range?.from ?? '',
      to: dates?.range?.to ?? '',
      weekday: dates?.weekday === true,
      hour: dates?.hour === true,
      guess: column,
    };
  });
}

/** Number of distinct values above which a numeric column is taken for amounts rather than class names. */
const CLASSES_LIKELY = 20;

/** How a column is read when it is made the answer. */
export function answerFor(column: ColumnForm | undefined): AnswerForm {
  return column !== undefined && mayBeNumber(column) && column.guess!.distinct > CLASSES_LIKELY ? 'huber' : 'classes';
}

/** Whether the sample's cells are numbers, with several distinct ones. */
export function mayBeNumber({ guess }: ColumnForm): boolean {
  return guess !== null && guess.range !== null && guess.distinct > 2;
}

/** Index in the draft's columns of the form's column i, which is not the answer. */
export function draftIndex(label: number, i: number): number {
  return i < label ? i : i - 1;
}

/** Columns in their order without the answer, with their places in the form. */
export function readColumns({ columns, label }: FoundingForm): readonly { readonly column: ColumnForm; readonly place: number }[] {
  return columns.map((column, place) => ({ column, place })).filter(({ place }) => place !== label);
}

function columnOf(column: ColumnForm): TableColumn {
  const { kind, fill, values, others, from, to, weekday, hour } = column;
  const named = namesOf(column);
  if (kind === 'ignored') return { kind, ...named };
  const listed = linesOf(column.gaps);
  const gaps = listed.length === 0 ? {} : { gaps: listed };
  const missing = fill ? { missing: 'fill' as const } : {};
  if (kind === 'number') return { kind, ...named, ...gaps, ...rangeOf(column), ...missing };
  if (kind === 'category') return { kind, ...named, ...gaps, values: linesOf(values), ...(others ? { others: true as const } : {}) };
  return {
    kind,
    ...named,
    ...gaps,
    ...(from.trim() === '' && to.trim() === '' ? {} : { from: from.trim(), to: to.trim() }),
    ...(weekday ? { weekday: true as const } : {}),
    ...(hour ? { hour: true as const } : {}),
    ...missing,
  };
}

/** What a column is called, and what files call it if that differs. */
function namesOf({ name, heading }: Pick<ColumnForm, 'name' | 'heading'>): { readonly name: string; readonly heading?: string } {
  const named = name.trim();
  return heading === null || heading === named ? { name: named } : { name: named, heading };
}

/** The side of a square picture that the columns could form; null if they cannot form one. */
export function pictureSide(form: FoundingForm): number | null {
  const read = readColumns(form).filter(({ column }) => column.kind !== 'ignored');
  const side = Math.sqrt(read.length);
  const [first] = read;
  if (first === undefined || side < 4 || !Number.isInteger(side)) return null;
  const { min, max } = first.column;
  return read.every(({ column }) => column.kind === 'number' && !column.fill && column.min === min && column.max === max) ? side : null;
}

export function taskOf(form: FoundingForm): Task {
  const { image, columns, label, group, pixels } = form;
  if (form.source === 'pictures') {
    return {
      kind: 'image',
      width: numberOf(image.width),
      height: numberOf(image.height),
      colour: image.colour,
      background: image.background,
      ...(image.centre.trim() === ''
        ? {}
        : {
            centre: image.centre
              .trim()
              .split(/[\s,;]+/)
              .map(Number),
          }),
      label: { name: image.label.trim(), classes: linesOf(image.classes) },
    };
  }
  if (form.source === 'recordings') return sequenceTaskOf(form.sequence);
  const side = pixels && form.answer === 'classes' ? pictureSide(form) : null;
  const unit = group.column === null ? undefined : columns[group.column];
  return {
    kind: 'table',
    columns: readColumns(form).map(({ column }) => columnOf(column)),
    label: { ...labelOf(form), place: label },
    picture: side === null ? null : { width: side, height: side },
    ...(unit === undefined ? {} : { group: { column: unit.name.trim(), rowsMax: numberOf(group.rowsMax) } }),
  };
}

function labelOf({ columns, label, answer }: FoundingForm): TableTask['label'] {
  const column = columns[label];
  const names = namesOf(column ?? emptyColumn(''));
  if (answer === 'classes') return { ...names, classes: linesOf(column?.values ?? '') };
  return { ...names, number: { ...rangeOf(column ?? emptyColumn('')), loss: answer } };
}

const rangeOf = ({ min, max, typical }: ColumnForm) => ({
  min: numberOf(min),
  max: numberOf(max),
  ...(typical.trim() === '' ? {} : { typical: numberOf(typical) }),
});

export function policyOf({ policy }: FoundingForm): FoundingDraft['policy'] {
  return {
    epsilon: policy.epsilon,
    delta: Number(policy.delta),
    members: numberOf(policy.members),
    rowsEach: numberOf(policy.rowsEach),
    hidden: policy.model === 'hidden' ? [HIDDEN_UNITS] : [],
    ...(policy.model === 'layers' ? { layers: true as const } : {}),
  };
}

/** Whether there is something to learn from, so that the rest of the form makes sense. */
export function hasTask({ source, sequence, columns }: FoundingForm): boolean {
  if (source === 'pictures') return true;
  return source === 'recordings' ? sequence.channels.length > 0 : columns.length > 0;
}

/** Whether there is a model to price: answers to predict, and inputs to predict them from. */
export function hasPrice(form: FoundingForm): boolean {
  if (!hasTask(form)) return false;
  const task = taskOf(form);
  const number = numberAnswerOf(task);
  if (number === null ? classesOf(task).length < 2 : !(number.min < number.max)) return false;
  if (task.kind === 'sequence') return task.channels.length > 0;
  return task.kind === 'image' || task.columns.some(({ kind }) => kind !== 'ignored');
}

/** The column of a table whose equal values are protected together; null if each row is protected alone, or without a table. */
export function groupName({ source, group, columns }: FoundingForm): string | null {
  if (source === 'pictures' || source === 'recordings' || group.column === null) return null;
  return columns[group.column]?.name ?? null;
}

/** Whether there is a sample whose rows could be published. */
export function hasSample({ source, sequence }: FoundingForm): boolean {
  return source === 'file' || (source === 'recordings' && sequence.rate === null);
}

/** Whether a typical brightness of the founder's pictures becomes public. */
export function hasCentre({ source, image, policy }: FoundingForm): boolean {
  return source === 'pictures' && image.pictures > 0 && image.centre.trim() !== '' && policy.model !== 'layers';
}

/** Rows of the sample, or its recordings. */
export function sampleSize({ source, sampleRows, sequence }: FoundingForm): number {
  return source === 'recordings' ? sequence.recordings : sampleRows;
}

/** What the form takes from the page: suggestions, and the relay's identity. */
export interface Suggested {
  readonly name: string;
  readonly description: string;
  readonly region: string;
  readonly consent: string;
  readonly relay: string;
}

export function draftOf(form: FoundingForm, suggested: Suggested): FoundingDraft {
  const { rounds, test } = form;
  return {
    name: form.name ?? suggested.name,
    description: form.description ?? suggested.description,
    region: form.region ?? suggested.region,
    task: taskOf(form),
    policy: policyOf(form),
    rounds: {
      minContributors: numberOf(rounds.min),
      maxContributors: numberOf(rounds.max),
      joinWindowMs: Math.round(numberOf(rounds.joinS) * 1000),
      deadlineMs: Math.round(numberOf(rounds.deadlineS) * 1000),
    },
    seats: { kind: 'home', relays: [suggested.relay] },
    consent: form.consent ?? suggested.consent,
    testShare: hasSample(form) && test.open ? numberOf(test.percent) / 100 : 0,
  };
}

/**
 * The control that a path of the draft is edited with: several paths may share one.
 * @returns a path that fields are named by
 */
export function fieldOf(path: string): string {
  if (path.startsWith('seats')) return 'seats';
  if (path === 'task.picture') return 'task.columns';
  if (path === 'policy.layers') return 'policy.hidden';
  return path;
}
