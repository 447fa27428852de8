/**
 * Sample rows of the two built-in federations: as cells for the CSV files of the page, and encoded for their public test sets by the
 * manifest's public ranges, as workers/loader/table/encode.ts encodes a member's file (a test keeps the two in step).
 */
import { classesOf, inputWidth, typicalOf, type TableTask } from '#protocol/manifest/task';
import { writeSafetensors } from '#protocol/model/safetensors';
import { drawParcel, type Cells } from './late-parcels.ts';
import { seededDraws } from './seeded.ts';
import { DIGIT_MAX, DIGIT_SIDE, drawDigit } from './stroke-digits.ts';

/**
 * Ink of a typical digit, pixel by pixel, in halves: the mean of 2000 digits drawn by our own strokes (a test draws them again). Inputs are
 * counted from it, so that a clipped gradient is not spent on what all digits share: on held-out rows of real digits at epsilon 1 that
 * gains a point of accuracy.
 */
export const TYPICAL_INK: readonly number[] = [
  [0, 0.5, 2.5, 6, 6.5, 3.5, 0.5, 0],
  [0, 1, 6, 7.5, 8, 6.5, 1, 0],
  [0, 1, 5.5, 4, 5.5, 6, 1, 0],
  [0, 1, 4.5, 6.5, 8.5, 5.5, 1, 0],
  [0, 1, 4, 5, 8, 7, 1, 0],
  [0, 1, 4.5, 4, 4.5, 7, 1.5, 0],
  [0, 1, 6, 6.5, 7, 6.5, 1, 0],
  [0, 0.5, 2.5, 6, 6.5, 2.5, 0.5, 0],
].flat();

export const DIGITS_TASK: TableTask = {
  kind: 'table',
  columns: TYPICAL_INK.map((typical, i) => ({ kind: 'number' as const, name: `p${i}`, min: 0, max: DIGIT_MAX, typical })),
  label: { name: 'digit', classes: Array.from({ length: 10 }, (_, digit) => String(digit)) },
  picture: { width: DIGIT_SIDE, height: DIGIT_SIDE },
};

const ALL_DIGITS = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9];

/** @param digits to draw, all equally often */
export function digitRows(count: number, seed: string, digits: readonly number[] = ALL_DIGITS): Cells[] {
  const draws = seededDraws(`digits ${seed}`);
  return Array.from({ length: count }, () => {
    const digit = draws.pick(digits);
    return [...drawDigit(digit, draws), String(digit)];
  });
}

export function parcelRows(count: number, seed: string): Cells[] {
  const draws = seededDraws(`parcels ${seed}`);
  return Array.from({ length: count }, () => drawParcel(draws));
}

/** A first line that says what the file is, a header, then the rows. */
export function toCsv(task: TableTask, rows: readonly Cells[], comment: string): string {
  const header = [...task.columns.map((column) => column.name), task.label.name];
  return [`# ${comment}`, header.join(), ...rows.map((cells) => cells.join())].join('\n') + '\n';
}

/**
 * A public test set: safetensors with x F32 [n, inputs], numbers scaled by their public range and categories one-hot, and y I32 [n]. The
 * same bytes for the same rows, on every machine.
 */
export function encodeTestSet(task: TableTask, rows: readonly Cells[]): Uint8Array<ArrayBuffer> {
  const width = inputWidth(task);
  const x = new Float32Array(rows.length * width);
  const y = new Int32Array(rows.length);
  for (const [r, cells] of rows.entries()) {
    let at = r * width;
    for (const [i, column] of task.columns.entries()) {
      if (column.kind === 'number') {
        x[at++] = (2 * (Number(cells[i]) - typicalOf(column))) / (column.max - column.min);
      } else if (column.kind === 'category') {
        x[at + column.values.indexOf(String(cells[i]))] = 1;
        at += column.values.length;
      }
    }
    y[r] = classesOf(task).indexOf(String(cells[task.columns.length]));
  }
  return writeSafetensors([
    { name: 'x', shape: [rows.length, width], values: x },
    { name: 'y', shape: [rows.length], values: y },
  ]);
}
