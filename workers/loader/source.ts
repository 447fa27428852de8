/**
 * Turns a person's data into rows of one federation: chooses the reader by source and task, and sets rows aside for the member's own check.
 * The readers: table.ts for tables, images.ts for pictures and drawings, recorded-rows.ts and sequence-files.ts for recordings.
 */
import type { Hash } from '#protocol/codec';
import { MeshError } from '#protocol/errors';
import type { ManifestBody } from '#protocol/manifest/manifest';
import type { DataReport, Drawing, Recording } from '../api.ts';
import type { RowMarks } from '../ledger/row-ids.ts';
import type { TrainingRows } from '../training-rows.ts';
import { digestOf, rowDigests } from './digest.ts';
import { holdOut, HELD_OUT_SHARE_MAX, unitCount } from './hold-out.ts';
import { loadDrawings, loadPictures } from './picture/images.ts';
import type { DecodePicture } from './picture/picture-decode.ts';
import { loadRecordings } from './recording/recorded-rows.ts';
import { loadRecordingFiles } from './recording/sequence-files.ts';
import type { Listener } from '../listener.ts';
import { storedRows } from './lines/stored-rows.ts';
import { readTable } from './table/table.ts';
import type { ReadRows, ReadStored } from './lines/read-rows.ts';

export interface LoadedRows {
  readonly rows: TrainingRows;
  readonly heldOut: TrainingRows;
  /** Of all rows, held-out ones included: another choice of those is the same data set. */
  readonly digest: Hash;
  /** What identifies each row, held-out ones included, in file order. Must not leave the device. */
  readonly marks: RowMarks;
  readonly report: DataReport;
}

export type ReadableSource =
  | { readonly table: Blob | string; readonly name?: string; readonly synthetic: boolean }
  /** The decoder is null if the platform has none. */
  | { readonly pictures: readonly Blob[]; readonly decode: DecodePicture | null }
  | { readonly drawings: readonly Drawing[] }
  | { readonly recordings: readonly Recording[] }
  | { readonly recordingFiles: readonly Blob[] };

/**
 * @param share of the units to set aside, 0 to HELD_OUT_SHARE_MAX
 * @param part share of the units to read at all, above 0, at most 1: for files with more rows than one member may bring
 * @param listener hears the progress of a table, which may be a large file
 * @throws MeshError field-invalid for the shares; what the reader throws; rows-too-few if nothing is left to train on
 */
export async function loadRows(
  source: ReadableSource,
  manifest: ManifestBody,
  share: number,
  part = 1,
  listener: Listener = {},
): Promise<LoadedRows> {
  if (!(part > 0 && part <= 1)) throw new MeshError('field-invalid', { field: 'part', expected: 'above 0, at most 1', got: String(part) });
  if (!(share >= 0 && share <= HELD_OUT_SHARE_MAX)) {
    throw new MeshError('field-invalid', { field: 'heldOut', expected: `0 to ${HELD_OUT_SHARE_MAX}`, got: String(share) });
  }
  const { rows, report, raw, sources, group } = await readStored(source, manifest, part, listener);
  const digests = rowDigests(rows);
  const { training, heldOut } = holdOut(rows, digests, share);
  if (training.y.length === 0) throw new MeshError('rows-too-few', { field: 'heldOut', expected: 'rows to train on', got: '0' });
  return {
    rows: training,
    heldOut,
    digest: digestOf(digests),
    marks: { rows: rows.y.length, encoded: digests, raw, sources, group },
    report: { ...report, rows: training.y.length, heldOut: heldOut.y.length, units: unitCount(training) },
  };
}

async function readStored(source: ReadableSource, manifest: ManifestBody, part: number, listener: Listener): Promise<ReadStored> {
  const { task, privacy } = manifest;
  if ('table' in source && task.kind === 'table') {
    const { table, ...about } = source;
    return readTable(table, task, privacy.rowsMax, { ...about, part, raw: true, listener });
  }
  const read = await readRowsOf(source, manifest, part);
  return { ...read, rows: storedRows(read.rows) };
}

async function readRowsOf(source: ReadableSource, { task, privacy }: ManifestBody, part: number): Promise<ReadRows> {
  if ('drawings' in source) return loadDrawings(source.drawings, task, privacy.rowsMax);
  if ('recordings' in source) return loadRecordings(source.recordings, task, privacy.rowsMax, part);
  if ('pictures' in source) {
    if (source.decode === null) {
      throw new MeshError('field-invalid', { field: 'data', expected: 'a table, or a browser to decode pictures', got: 'pictures' });
    }
    return loadPictures(source.pictures, task, privacy.rowsMax, source.decode, part);
  }
  if ('recordingFiles' in source) return loadRecordingFiles(source.recordingFiles, task, privacy.rowsMax, { part });
  const { table, ...about } = source;
  if (task.kind === 'sequence') return loadRecordingFiles([table], task, privacy.rowsMax, { ...about, part });
  throw new MeshError('field-invalid', { field: 'data', expected: 'pictures', got: 'a table' });
}
