/**
 * Sample rows of the two built-in federations: as cells for the CSV files of the page, and encoded for their public test sets by
 * the manifest's public ranges, as workers/encode.ts encodes a member's file (a test holds the two together).
 */
import type { TableTask } from '#protocol/manifest';
import { inputWidth } from '#protocol/manifest';
import { writeSafetensors } from '#protocol/safetensors';
import { drawRental, type Cells } from './bicycle-rentals.ts';
import { seededDraws } from './seeded.ts';
import { DIGIT_MAX, DIGIT_SIDE, drawDigit } from './stroke-digits.ts';

export const DIGITS_TASK: TableTask = {
  kind: 'table',
  columns: Array.from({ length: DIGIT_SIDE ** 2 }, (_, i) => ({ kind: 'number' as const, name: `p${i}`, min: 0, max: DIGIT_MAX })),
  label: { name: 'digit', classes: Array.from({ length: 10 }, (_, digit) => String(digit)) },
  picture: { width: DIGIT_SIDE, height: DIGIT_SIDE },
};

export function digitRows(count: number, seed: string): Cells[] {
  const draws = seededDraws(`digits ${seed}`);
  return Array.from({ length: count }, () => {
    const digit = Math.floor(draws.uniform() * 10);
    return [...drawDigit(digit, draws), String(digit)];
  });
}

export function rentalRows(count: number, seed: string): Cells[] {
  const draws = seededDraws(`rentals ${seed}`);
  return Array.from({ length: count }, () => drawRental(draws));
}

/** A first line that says what the file is, a header, then the rows. */
export function toCsv(task: TableTask, rows: readonly Cells[], comment: string): string {
  const header = [...task.columns.map((column) => column.name), task.label.name];
  return [`# ${comment}`, header.join(), ...rows.map((cells) => cells.join())].join('\n') + '\n';
}

/**
 * A public test set: safetensors with x F32 [n, inputs], numbers scaled to [-1, 1] and categories one-hot, and y I32 [n].
 * The same bytes for the same rows, on every machine.
 */
export function encodeTestSet(task: TableTask, rows: readonly Cells[]): Uint8Array<ArrayBuffer> {
  const width = inputWidth(task);
  const x = new Float32Array(rows.length * width);
  const y = new Int32Array(rows.length);
  for (const [r, cells] of rows.entries()) {
    let at = r * width;
    for (const [i, column] of task.columns.entries()) {
      if (column.kind === 'number') {
        x[at++] = (2 * (Number(cells[i]) - column.min)) / (column.max - column.min) - 1;
      } else {
        x[at + column.values.indexOf(String(cells[i]))] = 1;
        at += column.values.length;
      }
    }
    y[r] = task.label.classes.indexOf(String(cells[task.columns.length]));
  }
  return writeSafetensors([
    { name: 'x', shape: [rows.length, width], values: x },
    { name: 'y', shape: [rows.length], values: y },
  ]);
}
