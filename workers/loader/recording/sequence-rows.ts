/**
 * Turns recordings into rows of a sequence federation: windows with the manifest's length and hop, each channel scaled by its public range.
 * If a recording has more windows than the manifest allows, a public rule picks some by its length alone. Nothing is learned from anybody's
 * recordings here. sequence-files.ts reads files.
 */
import { MeshError } from '#protocol/errors';
import { TABLE_BYTES_MAX } from '#protocol/limits';
import { inputWidth, type SequenceTask, type Task } from '#protocol/manifest/task';
import type { Recording } from '../../api.ts';
import type { TrainingRows } from '../../training-rows.ts';

type Channel = SequenceTask['channels'][number];

/**
 * Scales a raw value to [-1, 1]: the typical value (by default the middle of the range) becomes 0, the end of the range farther from it
 * 1 or -1. A value outside the range counts as the nearer end, a missing one (NaN) as the typical value.
 */
export function scaleChannel(v: number, { min, max, typical = (min + max) / 2 }: Channel): number {
  if (Number.isNaN(v)) return 0;
  return ((v < min ? min : v > max ? max : v) - typical) / Math.max(max - typical, typical - min);
}

/** @throws MeshError field-invalid for another kind of task */
export function sequenceOf(task: Task): SequenceTask {
  if (task.kind === 'sequence') return task;
  throw new MeshError('field-invalid', { field: 'data', expected: task.kind === 'image' ? 'pictures' : 'a table', got: 'recordings' });
}

/** Windows of a recording with this many moments, before the bound: at least one, which a short recording does not fill. */
export function windowCount({ length, hop }: SequenceTask, moments: number): number {
  return moments <= length ? 1 : Math.floor((moments - length) / hop) + 1;
}

/** First moments of the windows that count: all, or `windowsMax` spread evenly over the recording, both ends included. */
export function windowStarts(task: SequenceTask, moments: number): number[] {
  const { hop, windowsMax } = task;
  const count = windowCount(task, moments);
  if (count <= windowsMax) return Array.from({ length: count }, (_, i) => i * hop);
  if (windowsMax === 1) return [Math.floor((count - 1) / 2) * hop];
  return Array.from({ length: windowsMax }, (_, i) => Math.round((i * (count - 1)) / (windowsMax - 1)) * hop);
}

/** @throws MeshError wrong-length for a recording without moments, or with an incomplete one */
export function momentsOf({ channels }: SequenceTask, { id, values }: Recording): number {
  const moments = values.length / channels.length;
  if (Number.isInteger(moments) && moments > 0) return moments;
  throw new MeshError('wrong-length', { field: id, expected: `moments of ${channels.length} values`, got: `${values.length} values` });
}

/**
 * Rows are windows, and units are recordings, in the order given.
 * @returns x: windows x (length * channels), moment by moment, in [-1, 1]; `units` only if a recording may have several windows
 * @throws MeshError wrong-length, label-unknown naming the recording; rows-too-many before anything is allocated
 */
export function windowsOf(task: SequenceTask, recordings: readonly Recording[]): TrainingRows {
  const width = inputWidth(task);
  const classes = task.label.classes.length;
  const starts = recordings.map((recording) => {
    const { id, label } = recording;
    if (!Number.isInteger(label) || label < 0 || label >= classes) {
      throw new MeshError('label-unknown', { field: id, expected: `a class below ${classes}`, got: String(label) });
    }
    return windowStarts(task, momentsOf(task, recording));
  });
  const rows = starts.reduce((sum, of) => sum + of.length, 0);
  const most = Math.floor(TABLE_BYTES_MAX / 4 / width);
  if (rows > most) throw new MeshError('rows-too-many', { expected: `at most ${most} windows`, got: String(rows) });
  const x = new Float32Array(rows * width);
  const y = new Int32Array(rows);
  const units = new Int32Array(rows);
  let row = 0;
  for (const [unit, { values, label }] of recordings.entries()) {
    for (const start of starts[unit]!) {
      writeWindow(task, values, start, x, row * width);
      y[row] = label;
      units[row++] = unit;
    }
  }
  return task.windowsMax > 1 ? { x, y, units } : { x, y };
}

/** @param x zeros from `at` on: what a short recording does not fill stays typical */
function writeWindow({ channels, length }: SequenceTask, values: Float32Array, start: number, x: Float32Array, at: number): void {
  const from = start * channels.length;
  const count = Math.min(length * channels.length, values.length - from);
  for (let i = 0; i < count; i++) x[at + i] = scaleChannel(values[from + i]!, channels[i % channels.length]!);
}
