/**
 * Rows made up from a task's public description alone, for rehearsals and practice: nobody's data. They contain something to learn: in
 * tables a hidden linear rule with some noise decides the answer, in pictures each class has its own blobs, in recordings its own
 * frequency. The pattern is the same for every member of a task, so that members can learn together; results on these rows say nothing
 * about real ones.
 */
import { encode, hashBytes } from '#protocol/codec';
import { RandomWords } from '#protocol/privacy/noise/random-words';
import { seededBytes } from '#protocol/privacy/noise/seeded-bytes';
import { answerOfOutput } from '#protocol/manifest/number-answer';
import {
  classesOf,
  numberAnswerOf,
  pictureOf,
  type DateColumn,
  type ImageTask,
  type NumberAnswer,
  type SequenceTask,
  type TableTask,
  type Task,
} from '#protocol/manifest/task';
import type { Drawing, Recording } from '../api.ts';
import { DAY_MINUTES, dayOfIso, isoOfDay } from '../loader/cells/date-cell.ts';

export type SyntheticSource =
  | { readonly text: string }
  | { readonly drawings: readonly Drawing[] }
  | { readonly recordings: readonly Recording[] };

/** Days since 1970-01-01. */
const A_MONDAY = 4;
/** Noise, as a share of the hidden rule's own spread: some rows cannot be predicted, as in life. */
const NOISE_SHARE = 0.35;
/** Standard deviation of answers that are numbers, in units of the output. */
const ANSWER_SPREAD = 3;
const MISSING_SHARE = 0.03;
/** Rows that the rule's middle is measured on, so that no class is nearly empty. */
const CENTRING_ROWS = 256;
const BLOBS = 3;
/** Rows of one made-up person, if the task identifies persons by a column that the model does not read. */
const UNIT_ROWS = 2;

/**
 * @param seed another one gives other rows of the same hidden rule
 * @param count of rows; for a sequence task of windows, two per recording if the task allows it
 * @returns a CSV text with a header for tables, drawings for picture tasks, recordings for sequences
 */
export function syntheticRows(task: Task, count: number, seed: string): SyntheticSource {
  const draws = new Draws(`rows\0${seed}\0${nameOf(task)}`);
  if (task.kind === 'image') return { drawings: Array.from({ length: count }, () => drawnRow(task, draws)) };
  if (task.kind === 'sequence') return { recordings: recordedRows(task, count, draws) };
  const rows = pictureOf(task) === null ? tableRows(task, count, draws) : pictureRows(task, count, draws);
  const header = [...task.columns.map((column) => column.name), task.label.name];
  return { text: [header, ...rows].map((cells) => cells.map(quoted).join()).join('\n') + '\n' };
}

/** One task, one hidden rule: the same in every thread that makes its rows. */
function nameOf(task: Task): string {
  return hashBytes(encode(task));
}

/** Reproducible numbers; made-up rows need no secrecy. */
class Draws {
  readonly #words: RandomWords;

  constructor(seed: string) {
    this.#words = new RandomWords(seededBytes(seed));
  }

  /** Uniform in [0, 1). */
  uniform(): number {
    return this.#words.word() / 2 ** 32;
  }

  below(n: number): number {
    return this.#words.below(n);
  }

  /** Nearly normal: the centred sum of twelve uniforms (Irwin and Hall). */
  normal(): number {
    let sum = -6;
    for (let i = 0; i < 12; i++) sum += this.uniform();
    return sum;
  }
}

interface Drawn {
  readonly cells: string[];
  /** What the hidden rule sees: one number per column, near [-1, 1]. */
  readonly features: number[];
}

/** Each category value has its own effect on the answer: `effects` gives its number. */
function drawCells(task: TableTask, effects: readonly (readonly number[])[], draws: Draws): Drawn {
  const cells: string[] = [];
  const features: number[] = [];
  for (const [i, column] of task.columns.entries()) {
    if (column.kind === 'ignored') {
      cells.push('');
      features.push(0);
    } else if (column.kind === 'category') {
      const value = draws.below(column.values.length);
      cells.push(column.values[value]!);
      features.push(effects[i]![value]!);
    } else if (column.missing === 'fill' && draws.uniform() < MISSING_SHARE) {
      cells.push('');
      features.push(0);
    } else {
      // The middle of the range is more common than its ends.
      const place = (draws.uniform() + draws.uniform()) / 2;
      if (column.kind === 'date') cells.push(dateCell(column, place));
      else cells.push(String(Number((column.min + place * (column.max - column.min)).toPrecision(6))));
      features.push(2 * place - 1);
    }
  }
  return { cells, features };
}

/** @param place from 0 to 1 in the public range or, if it has none, in a week */
function dateCell({ from, to, weekday, hour }: DateColumn, place: number): string {
  const [first, last] = from === undefined ? [A_MONDAY, A_MONDAY + 7] : [dayOfIso(from), dayOfIso(to!)];
  const moment = first + place * (last - first);
  const minute = Math.floor((moment % 1) * DAY_MINUTES);
  const time = [Math.floor(minute / 60), minute % 60].map((part) => String(part).padStart(2, '0')).join(':');
  if (from === undefined && weekday === undefined) return time;
  const day = isoOfDay(Math.floor(moment));
  return hour === true ? `${day} ${time}` : day;
}

/** The answer follows a weighted sum of a row's features plus some noise: the likeliest class, or a number as far from the typical one. */
function tableRows(task: TableTask, count: number, draws: Draws): string[][] {
  const rule = new Draws(`rule\0${nameOf(task)}`);
  const number = numberAnswerOf(task);
  const classes = number === null ? classesOf(task) : [task.label.name];
  const effects = task.columns.map((column) => (column.kind === 'category' ? column.values.map(() => rule.normal()) : []));
  const weights = classes.map(() => task.columns.map(() => rule.normal()));
  const scoresOf = (features: readonly number[]) => weights.map((of) => of.reduce((sum, weight, i) => sum + weight * features[i]!, 0));
  const sample = Array.from({ length: CENTRING_ROWS }, () => scoresOf(drawCells(task, effects, rule).features));
  const owner = task.columns.findIndex(({ kind, name }) => kind === 'ignored' && name === task.group?.column);
  const middle = classes.map((_, c) => sample.reduce((sum, scores) => sum + scores[c]!, 0) / sample.length);
  const spread = classes.map((_, c) => Math.sqrt(sample.reduce((sum, scores) => sum + (scores[c]! - middle[c]!) ** 2, 0) / sample.length));
  return Array.from({ length: count }, (_, row) => {
    const { cells, features } = drawCells(task, effects, draws);
    if (owner >= 0) cells[owner] = `made up ${Math.floor(row / UNIT_ROWS) + 1}`;
    const scores = scoresOf(features).map((score, c) => (score - middle[c]!) / (spread[c]! || 1) + NOISE_SHARE * draws.normal());
    return [...cells, number === null ? classes[indexOfMax(scores)]! : numberAt(scores[0]!, number)];
  });
}

/** Scaled so that most answers of a normal score lie within the range. */
function numberAt(score: number, number: NumberAnswer): string {
  return String(Number(answerOfOutput(ANSWER_SPREAD * score, number).toPrecision(6)));
}

function pictureRows(task: TableTask, count: number, draws: Draws): string[][] {
  const { width, height } = task.picture!;
  return Array.from({ length: count }, () => {
    const label = draws.below(classesOf(task).length);
    const ink = blobs(task, label, width, height, draws);
    const cells = task.columns.map((column, i) =>
      column.kind === 'number' ? String(Number((column.min + ink[i]! * (column.max - column.min)).toPrecision(4))) : '',
    );
    return [...cells, classesOf(task)[label]!];
  });
}

function drawnRow(task: ImageTask, draws: Draws): Drawing {
  const label = draws.below(classesOf(task).length);
  const channels = task.colour === 'rgb' ? 3 : 1;
  const ink = blobs(task, label, task.width, task.height, draws);
  const pixels = new Uint8Array(ink.length * channels);
  for (const [i, share] of ink.entries()) {
    const value = Math.round(255 * (task.background === 'light' ? 1 - share : share));
    for (let c = 0; c < channels; c++) pixels[i * channels + c] = value;
  }
  return { pixels, label };
}

/** Each class oscillates each channel at its own frequency and amplitude, from a phase of the recording's own, with some noise. */
function recordedRows(task: SequenceTask, count: number, draws: Draws): Recording[] {
  const { channels, length, hop, windowsMax, label } = task;
  const rule = new Draws(`swings\0${nameOf(task)}`);
  const swings = label.classes.map(() =>
    channels.map(() => ({ cycles: (1 + rule.uniform() * (length / 4 - 1)) / length, strength: 0.3 + 0.6 * rule.uniform() })),
  );
  const each = Math.min(windowsMax, UNIT_ROWS);
  const moments = length + (each - 1) * hop;
  return Array.from({ length: Math.max(1, Math.floor(count / each)) }, (_, i): Recording => {
    const answer = i < label.classes.length ? i : draws.below(label.classes.length); // each class occurs at least once
    const phases = channels.map(() => draws.uniform());
    const values = new Float32Array(moments * channels.length);
    for (let at = 0; at < values.length; at++) {
      const c = at % channels.length;
      const { min, max } = channels[c]!;
      const { cycles, strength } = swings[answer]![c]!;
      const wave = strength * Math.sin(2 * Math.PI * (cycles * Math.floor(at / channels.length) + phases[c]!));
      const place = Math.max(-1, Math.min(1, wave + NOISE_SHARE * 0.5 * draws.normal()));
      values[at] = (min + max) / 2 + (place * (max - min)) / 2;
    }
    return { id: `made up ${i + 1}`, label: answer, values };
  });
}

/** Ink in [0, 1], row by row: a few round blobs at places that depend on the class, each slightly shifted. */
function blobs(task: Task, label: number, width: number, height: number, draws: Draws): Float64Array {
  const places = new Draws(`blobs\0${label}\0${nameOf(task)}`);
  const ink = new Float64Array(width * height);
  const radius = Math.max(1, Math.min(width, height) / 6);
  for (let blob = 0; blob < BLOBS; blob++) {
    const x = places.uniform() * (width - 1) + draws.normal() * (width / 16);
    const y = places.uniform() * (height - 1) + draws.normal() * (height / 16);
    for (let at = 0; at < ink.length; at++) {
      const squared = ((at % width) - x) ** 2 + (Math.floor(at / width) - y) ** 2;
      ink[at] = Math.min(1, ink[at]! + Math.exp(-squared / (2 * radius * radius)));
    }
  }
  return ink;
}

function indexOfMax(values: readonly number[]): number {
  let best = 0;
  for (const [i, value] of values.entries()) if (value > values[best]!) best = i;
  return best;
}

function quoted(cell: string): string {
  return /[",\n\r;\t|#]|^\s|\s$/.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell;
}
