/**
 * The task of a federation: what a row is, what is read from it, and what is predicted. All constants that touch data (ranges, categories,
 * typical values, sizes) are public and fixed here: rounds never change them. The encoders in workers/loader turn cells and pixels into
 * numbers by this description.
 */
import * as z from 'zod/mini';
import { MeshError } from '../errors.ts';
import {
  COLUMNS_MAX,
  GAPS_MAX,
  HEADING_CHARS_MAX,
  IMAGE_SIDE_MAX,
  RANGE_END_MAX,
  SEQUENCE_CHANNELS_MAX,
  SEQUENCE_LENGTH_MAX,
  UNIT_ROWS_MAX,
} from '../limits.ts';
import { flat, valuesOf, type Shape } from '../model/architecture.ts';

/** Inputs of a day of the week. */
const WEEKDAYS = 7;
const text = (max: number) => z.string().check(z.minLength(1), z.maxLength(max));
const whole = (min: number, max: number) => z.int().check(z.gte(min), z.lte(max));

/** A file's heading if it differs from the name: pages show the name, files may have either. */
const heading = z.optional(text(HEADING_CHARS_MAX));
/** Cells that mark a missing value, besides the universal ones: a marker of the file's own, or a number that stands for it. */
const gaps = z.optional(z.array(text(64)).check(z.minLength(1), z.maxLength(GAPS_MAX)));
const day = z.iso.date();

const column = z.discriminatedUnion('kind', [
  z.strictObject({
    kind: z.literal('number'),
    name: text(64),
    heading,
    gaps,
    min: z.number(),
    max: z.number(),
    /**
     * What the model sees as 0; the middle of the range if absent. From public knowledge or the founder's sample, never an average of
     * members' rows.
     */
    typical: z.optional(z.number()),
    /** 'fill': a missing cell reads as the typical value, and a second input flags it. If absent, the row is left out. */
    missing: z.optional(z.literal('fill')),
  }),
  z.strictObject({
    kind: z.literal('category'),
    name: text(64),
    heading,
    gaps,
    values: z.array(text(64)).check(z.minLength(1), z.maxLength(256)),
    /** True: a missing cell or an unlisted value reads as none of them. If absent, the row is left out. */
    others: z.optional(z.literal(true)),
  }),
  /** A wall-clock time, in any zone. At least one of its parts is read. */
  z.strictObject({
    kind: z.literal('date'),
    name: text(64),
    heading,
    gaps,
    /** The elapsed time, as a number in this public range of days; both or neither. */
    from: z.optional(day),
    to: z.optional(day),
    /** One input per day of the week: a weekend is not a point on a smooth curve. */
    weekday: z.optional(z.literal(true)),
    /** The time of day as a point on a circle, sine and cosine: 23:59 is next to 0:00. A cell without one is its centre. */
    hour: z.optional(z.literal(true)),
    /** 'fill': a missing cell sets none of these, and one more input flags it. If absent, the row is left out. */
    missing: z.optional(z.literal('fill')),
  }),
  /** A column of the file that is not read; it is named so that a file without a header keeps its positions. */
  z.strictObject({ kind: z.literal('ignored'), name: text(64), heading }),
]);

/** Position of the label in a file without a header, from 0; after all columns if absent. */
const place = z.optional(whole(0, COLUMNS_MAX));

const classLabel = z.strictObject({
  name: text(64),
  classes: z.array(text(64)).check(z.minLength(2), z.maxLength(256)),
  place,
});

/** An answer that is a number. */
const numberLabel = z.strictObject({
  name: text(64),
  heading,
  number: z.strictObject({
    /** Answers outside this public range are clamped to it. */
    min: z.number(),
    max: z.number(),
    /**
     * What the model predicts before it has learned anything; the middle of the range if absent. Public, never an average of members' rows.
     */
    typical: z.optional(z.number()),
    /** What training minimises: squared errors, or Huber's loss, in which a few outliers weigh less. */
    loss: z.enum(['huber', 'squared']),
  }),
  place,
});

const table = z.strictObject({
  kind: z.literal('table'),
  /** In the order of a file without a header. If a file has one, columns not named here are not read. */
  columns: z.array(column).check(z.minLength(1), z.maxLength(COLUMNS_MAX)),
  label: z.union([z.extend(classLabel, { heading }), numberLabel]),
  /** Set when the columns are the pixels of a picture, row by row, so that a page can draw them. */
  picture: z.nullable(z.strictObject({ width: whole(1, IMAGE_SIDE_MAX), height: whole(1, IMAGE_SIDE_MAX) })),
  /** Rows with an equal cell here are one unit of privacy, of which at most `rowsMax` rows count. */
  group: z.optional(z.strictObject({ column: text(64), rowsMax: whole(2, UNIT_ROWS_MAX) })),
});

/** Fields per side for which a picture's typical brightness is given. */
export const CENTRE_FIELDS = 4;

const image = z.strictObject({
  kind: z.literal('image'),
  /** Pictures are scaled to this size, whole and undistorted; the rest has the background's colour. */
  width: whole(4, IMAGE_SIDE_MAX),
  height: whole(4, IMAGE_SIDE_MAX),
  colour: z.enum(['grey', 'rgb']),
  /** What lies around a picture: black, white, or a middle grey for photographs. It is the colour that the model sees as 0. */
  background: z.enum(['dark', 'light', 'none']),
  /**
   * The brightness per colour that the model sees as 0 instead, everywhere or in each of CENTRE_FIELDS x CENTRE_FIELDS fields, row by row,
   * a field's colours together. Public, and rounded if it came from a founder's sample.
   */
  centre: z.optional(z.array(whole(0, 255)).check(z.minLength(1), z.maxLength(3 * CENTRE_FIELDS ** 2))),
  label: classLabel,
});

const sequence = z.strictObject({
  kind: z.literal('sequence'),
  /**
   * What is measured at each moment, in this order. A missing value reads as the typical one, or the middle of the range if there is none.
   */
  channels: z
    .array(z.strictObject({ name: text(64), min: z.number(), max: z.number(), typical: z.optional(z.number()) }))
    .check(z.minLength(1), z.maxLength(SEQUENCE_CHANNELS_MAX)),
  /** Moments of one window, which is one row. A shorter recording is one window, padded with typical values. */
  length: whole(4, SEQUENCE_LENGTH_MAX),
  /** Moments from the start of one window to the start of the next of the same recording. */
  hop: whole(1, SEQUENCE_LENGTH_MAX),
  /** A recording is one unit of privacy: at most this many of its windows count. */
  windowsMax: whole(1, UNIT_ROWS_MAX),
  /** The column that says which recording a line belongs to. */
  recording: text(64),
  /** Set where the page can record: channels are x, y, z in m/s2 with gravity, read this many times a second. */
  motion: z.optional(z.strictObject({ rate: whole(5, 100) })),
  label: classLabel,
});

export const taskSchema = z.discriminatedUnion('kind', [table, image, sequence]);

export type Task = z.infer<typeof taskSchema>;
export type TableTask = z.infer<typeof table>;
export type ImageTask = z.infer<typeof image>;
export type SequenceTask = z.infer<typeof sequence>;
export type TableColumn = TableTask['columns'][number];
export type DateColumn = Extract<TableColumn, { kind: 'date' }>;
/** An answer that is one of a few, as those who read labels of pictures and recordings need it. */
export interface ClassLabel {
  readonly name: string;
  readonly classes: readonly string[];
}
export type NumberLabel = z.infer<typeof numberLabel>;
/** The public range of an answer that is a number. */
export type NumberAnswer = NumberLabel['number'];

/** The classes to predict; empty if the answer is a number. */
export function classesOf({ label }: Pick<Task, 'label'>): readonly string[] {
  return 'classes' in label ? label.classes : [];
}

/** The answer's public range if it is a number, null if it is a class. */
export function numberAnswerOf({ label }: Pick<Task, 'label'>): NumberAnswer | null {
  return 'number' in label ? label.number : null;
}

export function classLabelOf(task: Pick<Task, 'label'>): ClassLabel {
  return { name: task.label.name, classes: classesOf(task) };
}

/** Outputs of the model: one for each class, or one number. */
export function outputsOf(task: Pick<Task, 'label'>): number {
  return numberAnswerOf(task) === null ? classesOf(task).length : 1;
}

/** What reads as 0: the typical value if given, otherwise the middle of the range. */
export function typicalOf({ min, max, typical }: Pick<NumberAnswer, 'min' | 'max' | 'typical'>): number {
  return typical ?? (min + max) / 2;
}

/**
 * Inputs of one column: one for a number, those of its parts for a date, one more for both if gaps are flagged; one per value for a
 * category.
 */
export function columnWidth(c: TableColumn): number {
  if (c.kind === 'ignored') return 0;
  if (c.kind === 'category') return c.values.length;
  return (c.kind === 'date' ? dateWidth(c) : 1) + (c.missing === 'fill' ? 1 : 0);
}

/** Elapsed time first, then the days of the week from Monday on, then sine and cosine of the time of day. */
function dateWidth({ from, weekday, hour }: DateColumn): number {
  return (from === undefined ? 0 : 1) + (weekday === true ? WEEKDAYS : 0) + (hour === true ? 2 : 0);
}

/** What the header of a file may call a column, or the answer. */
export function headingsOf({ name, heading: said }: Pick<TableColumn, 'name' | 'heading'>): readonly string[] {
  return said === undefined ? [name] : [name, said];
}

/** One row as the model gets it. Pictures: colours together, row by row. Sequences: channels together, moment by moment. */
export function inputShape(task: Task): Shape {
  if (task.kind === 'image') return { height: task.height, width: task.width, channels: task.colour === 'rgb' ? 3 : 1 };
  if (task.kind === 'sequence') return { height: 1, width: task.length, channels: task.channels.length };
  return flat(task.columns.reduce((sum, c) => sum + columnWidth(c), 0));
}

/** Inputs of the model. */
export function inputWidth(task: Task): number {
  return valuesOf(inputShape(task));
}

/** Most rows of one unit of privacy that count: 1 if each row is its own unit. */
export function unitRowsMax(task: Task): number {
  return groupOf(task)?.rowsMax ?? 1;
}

/** The column whose equal cells make one unit of privacy, and how many of its rows count; null if each row is its own unit. */
export function groupOf(task: Task): NonNullable<TableTask['group']> | null {
  if (task.kind === 'sequence') return task.windowsMax > 1 ? { column: task.recording, rowsMax: task.windowsMax } : null;
  return task.kind === 'table' ? (task.group ?? null) : null;
}

/** How many brightnesses a centre may have: one of each colour, or one of each colour in each field. */
export function centreCounts({ colour }: ImageTask): readonly number[] {
  const colours = colour === 'rgb' ? 3 : 1;
  return [colours, colours * CENTRE_FIELDS ** 2];
}

/** Size of the pictures that can be drawn for this task, or null if rows are not pictures. */
export function pictureOf(task: Task): { readonly width: number; readonly height: number; readonly colour: 'grey' | 'rgb' } | null {
  if (task.kind === 'image') return task;
  if (task.kind === 'sequence') return null;
  return task.picture === null ? null : { ...task.picture, colour: 'grey' };
}

type Refuse = (field: string, expected: string, got: unknown) => void;

/** Whether sums and fractions of numbers in this range stay finite. */
export function isBounded({ min, max }: Pick<NumberAnswer, 'min' | 'max'>): boolean {
  return Math.max(Math.abs(min), Math.abs(max)) <= RANGE_END_MAX && max - min >= 1 / RANGE_END_MAX;
}

function checkRange({ min, max, typical }: Pick<NumberAnswer, 'min' | 'max' | 'typical'>, field: string, refuse: Refuse): void {
  if (!(min < max)) refuse(field, 'min below max', `${min}..${max}`);
  if (!isBounded({ min, max })) refuse(field, `ends within ${RANGE_END_MAX}, and apart`, `${min}..${max}`);
  if (typical !== undefined && !(typical >= min && typical <= max)) refuse(`${field}.typical`, 'a value of the range', typical);
}

/** @throws MeshError field-invalid with the path below `task` */
export function checkTask(task: Task): void {
  const refuse: Refuse = (field, expected, got) => {
    throw new MeshError('field-invalid', { field: `task.${field}`, expected, got: String(got) });
  };
  const classes = classesOf(task);
  if (new Set(classes).size !== classes.length) refuse('label.classes', 'classes that differ', 'a repeated class');
  if (task.kind === 'image') {
    const counts = centreCounts(task);
    if (task.centre !== undefined && !counts.includes(task.centre.length)) {
      refuse('centre', `${counts.join(' or ')} brightnesses`, task.centre.length);
    }
    return;
  }
  if (task.kind === 'sequence') return checkSequence(task, refuse);
  const names = [...task.columns, task.label].flatMap(headingsOf).map((n) => n.toLowerCase());
  if (new Set(names).size !== names.length) refuse('columns', 'names and headings that differ', 'a repeated one');
  const number = numberAnswerOf(task);
  if (number !== null) checkRange(number, 'label.number', refuse);
  for (const [i, c] of task.columns.entries()) {
    if (c.kind === 'number') checkRange(c, `columns.${i}`, refuse);
    if (c.kind === 'date') checkDate(c, `columns.${i}`, refuse);
    if (c.kind === 'category' && new Set(c.values).size !== c.values.length)
      refuse(`columns.${i}.values`, 'values that differ', 'a repeated value');
    if (c.kind === 'category' && c.values.length < 2 && c.others !== true) refuse(`columns.${i}.values`, 'two values, or others', 1);
  }
  if (inputWidth(task) === 0) refuse('columns', 'a column that is read', 'only ignored ones');
  const { picture, group } = task;
  const at = task.label.place;
  if (at !== undefined && at > task.columns.length) refuse('label.place', `at most ${task.columns.length}`, at);
  if (picture !== null) {
    if (number !== null) refuse('picture', 'none where the answer is a number', 'a picture');
    if (picture.width * picture.height !== inputWidth(task)) refuse('picture', 'one column a pixel', inputWidth(task));
    if (task.columns.some((c) => c.kind !== 'number' || c.missing !== undefined))
      refuse('picture', 'columns of numbers that are never missing', 'another kind');
  }
  if (group === undefined) return;
  if (!task.columns.some((c) => c.name === group.column)) refuse('group.column', 'one of the columns', group.column);
}

function checkDate(date: DateColumn, field: string, refuse: Refuse): void {
  const { from, to } = date;
  if ((from === undefined) !== (to === undefined)) refuse(`${field}.from`, 'both ends of the range, or neither', 'one');
  if (from !== undefined && !(from < to!)) refuse(`${field}.from`, `a day before ${to}`, from);
  if (dateWidth(date) === 0) refuse(field, 'a range, the day of the week or the time of day', 'nothing to read');
}

function checkSequence(task: SequenceTask, refuse: Refuse): void {
  const names = [...task.channels.map((c) => c.name), task.label.name, task.recording].map((n) => n.toLowerCase());
  if (new Set(names).size !== names.length) refuse('channels', 'names that differ', 'a repeated name');
  for (const [i, channel] of task.channels.entries()) checkRange(channel, `channels.${i}`, refuse);
  if (task.motion !== undefined && task.channels.length !== 3) refuse('motion', 'channels x, y and z', task.channels.length);
}
