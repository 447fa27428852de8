/**
 * Turns recordings made with this device into rows of one federation: each is checked, cut into windows, and forms one unit of privacy.
 * Nothing leaves the device. The page makes the recordings; sequence-files.ts reads files of recordings.
 */
import { MeshError } from '#protocol/errors';
import { RECORDING_SECONDS_MAX, TABLE_BYTES_MAX } from '#protocol/limits';
import { inputWidth, type SequenceTask, type Task } from '#protocol/manifest/task';
import type { KeptRecording, Recording } from '../../api.ts';
import { noteBalance } from '../lines/class-balance.ts';
import { Findings } from '../cells/findings.ts';
import { DRAWS, unitName } from '../lines/seen-rows.ts';
import { sequenceOf, windowsOf } from './sequence-rows.ts';
import type { ReadRows } from '../lines/read-rows.ts';

const ID_CHARS_MAX = 64;

/**
 * @param part share of the recordings to read, chosen by each one's own id
 * @throws MeshError field-invalid, wrong-length, label-unknown naming the recording; rows-too-few, rows-too-many
 */
export function loadRecordings(recordings: readonly Recording[], task: Task, rowsMax: number, part = 1): ReadRows {
  const sequence = sequenceOf(task);
  for (const [i, recording] of recordings.entries()) checkValues(recording, sequence, i + 1);
  const findings = new Findings();
  const kept = recordings.filter(({ id }) => unitName(id) < part * DRAWS);
  if (kept.length === 0) throw new MeshError('rows-too-few', { field: 'recordings', expected: 'at least one recording', got: '0' });
  if (kept.length < recordings.length) {
    const count = recordings.length - kept.length;
    const expected = `1 in ${Math.round(1 / part)}`;
    findings.add({ code: 'rows-part', action: 'left-out', count, expected, got: String(recordings.length) }, null);
  }
  const rows = windowsOf(sequence, kept);
  const bound = Math.min(rowsMax, Math.floor(TABLE_BYTES_MAX / 4 / inputWidth(task)));
  if (rows.y.length > bound) {
    throw new MeshError('rows-too-many', { field: 'recordings', expected: `at most ${bound} windows`, got: String(rows.y.length) });
  }
  const { classes } = sequence.label;
  const byClass = classes.map((_, label) => kept.filter((recording) => recording.label === label).length);
  noteBalance(byClass, sequence.label, findings);
  const classCounts = classes.map(() => 0);
  for (const label of rows.y) classCounts[label]!++;
  const report = { name: 'recordings', columns: 0, classCounts, hasHeader: false, findings: findings.list(), synthetic: false };
  return { rows, report };
}

/** Checks a recording before it is stored. @throws MeshError field-invalid, wrong-length, label-unknown */
export function checkRecording(recording: KeptRecording, task: Task): void {
  const sequence = sequenceOf(task);
  const refuse = (field: string, expected: string, got: unknown) => {
    throw new MeshError('field-invalid', { field: `recording.${field}`, expected, got: String(got) });
  };
  const { id, at, rate } = recording;
  if (typeof id !== 'string' || id.length < 1 || id.length > ID_CHARS_MAX) refuse('id', `1 to ${ID_CHARS_MAX} letters`, id);
  if (!Number.isFinite(at)) refuse('at', 'milliseconds since the epoch', at);
  if (rate !== sequence.motion?.rate) refuse('rate', `${sequence.motion?.rate} per second`, rate);
  checkValues(recording, sequence);
  const moments = recording.values.length / sequence.channels.length;
  if (moments > RECORDING_SECONDS_MAX * rate + 1) {
    const expected = `at most ${RECORDING_SECONDS_MAX * rate + 1} moments`;
    throw new MeshError('wrong-length', { field: 'recording.values', expected, got: String(moments) });
  }
}

/** @param row 1-based number in the list; absent for a single recording */
function checkValues({ label, values }: Recording, { channels, label: { name, classes } }: SequenceTask, row?: number): void {
  const where = row === undefined ? {} : { row };
  const width = channels.length;
  if (!(values instanceof Float32Array) || values.length === 0 || values.length % width !== 0) {
    const expected = `some moments of ${width} numbers each`;
    throw new MeshError('wrong-length', { ...where, field: 'recording.values', expected, got: String(values?.length) });
  }
  const odd = values.findIndex((value) => !Number.isFinite(value));
  if (odd >= 0) {
    const field = channels[odd % width]!.name;
    throw new MeshError('field-invalid', { ...where, field, expected: 'a number', got: String(values[odd]) });
  }
  if (!Number.isInteger(label) || label < 0 || label >= classes.length) {
    throw new MeshError('label-unknown', { ...where, field: name, expected: `a class below ${classes.length}`, got: String(label) });
  }
}
