/**
 * Turns picture files and drawings into rows of one federation, one at a time, with a report of what was found. A file's header is checked
 * before anything is decoded; a bad file is left out and named. Nothing leaves the device. More pictures than the manifest allows are
 * refused; a part is chosen by each file's name. picture-labels.ts finds the labels; picture-fit.ts and picture-encode.ts turn pixels into
 * inputs.
 */
import { asMeshError, MeshError, type ErrorDetail } from '#protocol/errors';
import { IMAGE_FILE_BYTES_MAX, IMAGE_FILE_SIDE_MAX, IMAGE_FILES_MAX, IMAGE_PIXELS_MAX, TABLE_BYTES_MAX } from '#protocol/limits';
import { classesOf, classLabelOf, type Task } from '#protocol/manifest/task';
import type { Drawing } from '../../api.ts';
import { Findings } from '../cells/findings.ts';
import { foreignPicture } from './foreign-picture.ts';
import { readImageHeader, type ImageHeader } from './image-header.ts';
import type { DecodePicture } from './picture-decode.ts';
import { pictureEncoder, type PictureEncoder, type PictureShape } from './picture-encode.ts';
import { fitPicture, type Raster } from './picture-fit.ts';
import { nameOf } from '../cells/file-names.ts';
import { commonFolder, labelsOf, sortFiles } from './picture-labels.ts';
import { PictureRows } from './picture-rows.ts';
import { RAW_BYTES } from '../lines/raw-rows.ts';
import { DRAWS, unitName } from '../lines/seen-rows.ts';
import type { ReadRows } from '../lines/read-rows.ts';

const FORMATS = 'a PNG, JPEG, GIF, WebP or BMP picture';
const EXPORTED = 'a JPEG or PNG: export it as one first';

export interface ReadPicture {
  /** Height x width x channels bytes, in the task's size. */
  readonly pixels: Uint8Array<ArrayBuffer>;
  readonly header: ImageHeader;
  /** 8-byte hash of the file, the same for any task. */
  readonly raw: Uint8Array;
}

/**
 * Reads one picture file in the task's size. Memory: its bytes, and 4 bytes per pixel.
 * @throws MeshError as openPicture
 */
export async function readPicture(file: Blob, name: string, shape: PictureShape, decode: DecodePicture): Promise<ReadPicture> {
  const { raster, header, bytes } = await openPicture(file, name, decode);
  return { pixels: fitPicture(raster, shape), header, raw: await rawOf(bytes) };
}

export interface OpenedPicture {
  readonly raster: Raster;
  readonly header: ImageHeader;
  readonly bytes: ArrayBuffer;
}

/** @throws MeshError file-too-large before anything is decoded, picture-unreadable; the field is the file's name */
export async function openPicture(file: Blob, name: string, decode: DecodePicture): Promise<OpenedPicture> {
  const tooLarge = (detail: ErrorDetail) => new MeshError('file-too-large', { field: name, ...detail });
  if (file.size > IMAGE_FILE_BYTES_MAX) {
    throw tooLarge({ expected: `at most ${IMAGE_FILE_BYTES_MAX / 2 ** 20} MB`, got: `${Math.ceil(file.size / 2 ** 20)} MB` });
  }
  const unreadable = (got: string, cause?: unknown, expected = FORMATS) =>
    new MeshError('picture-unreadable', { field: name, expected, got }, cause);
  const bytes = await file.arrayBuffer().catch((cause: unknown) => {
    throw unreadable('a file that the browser cannot open', cause);
  });
  const header = readImageHeader(new Uint8Array(bytes));
  if (header === null) throw unreadable(foreignPicture(new Uint8Array(bytes), name), undefined, EXPORTED);
  const { width, height, format } = header;
  if (width * height > IMAGE_PIXELS_MAX || Math.max(width, height) > IMAGE_FILE_SIDE_MAX) {
    const expected = `at most ${IMAGE_PIXELS_MAX / 1e6} million pixels, ${IMAGE_FILE_SIDE_MAX} per side`;
    throw tooLarge({ expected, got: `${width} x ${height} pixels` });
  }
  const raster = await decode(file, header).catch((cause: unknown) => {
    if (format !== 'heic' && format !== 'avif') throw unreadable(`a damaged ${format.toUpperCase()}`, cause);
    throw unreadable(
      format === 'heic' ? 'a HEIC photo that this browser cannot open' : 'an AVIF that this browser cannot open',
      cause,
      EXPORTED,
    );
  });
  return { raster, header, bytes };
}

/**
 * @param files as a person chose them, possibly with a CSV of their labels
 * @throws MeshError file-empty without any picture, rows-too-many, what labelsOf throws, or the first picture's problem if none can be used
 */
export async function loadPictures(
  files: readonly Blob[],
  task: Task,
  rowsMax: number,
  decode: DecodePicture,
  part = 1,
): Promise<ReadRows> {
  const encoder = pictureEncoder(task);
  const chosen = sortFiles(files);
  const { pictures, tables } = chosen;
  if (pictures.length === 0) {
    const got = files.length === 0 ? 'no files' : `${files.length} files, none of them a picture`;
    throw new MeshError('file-empty', { field: 'pictures', expected: `${FORMATS} or more`, got });
  }
  if (pictures.length > IMAGE_FILES_MAX) {
    throw new MeshError('rows-too-many', { field: 'pictures', expected: `at most ${IMAGE_FILES_MAX}`, got: String(pictures.length) });
  }
  const findings = new Findings();
  const labels = await labelsOf(chosen, classLabelOf(task), findings);
  const labelled = pictures.map((picture, i) => ({ ...picture, label: labels[i]! }));
  for (const { label, row, path } of labelled) {
    if (label < 0) findings.add({ code: 'image-unlabelled', action: 'left-out', got: nameOf(path) }, row);
  }
  const usable = labelled.filter(({ label }) => label >= 0);
  const rows = new PictureRows(encoder, task, Math.min(usable.length, boundOf(encoder, rowsMax)), findings);
  const kept = usable.filter(({ path }) => unitName(path) < part * DRAWS);
  if (kept.length > rows.capacity) {
    throw new MeshError('rows-too-many', { field: 'pictures', expected: `at most ${rows.capacity}`, got: String(kept.length) });
  }
  if (kept.length < usable.length) {
    const expected = `1 in ${Math.round(1 / part)}`;
    findings.add({ code: 'rows-part', action: 'left-out', count: usable.length - kept.length, expected, got: String(usable.length) }, null);
  }
  let firstProblem: MeshError | undefined;
  for (const picture of kept) {
    try {
      const name = nameOf(picture.path);
      const { pixels, header, raw } = await readPicture(picture.file, name, encoder.shape, decode);
      rows.add(pixels, picture.label, picture.row, raw);
      rows.noteFile(header, name, picture.row);
    } catch (error) {
      const problem = asMeshError(error);
      if (problem.code !== 'file-too-large' && problem.code !== 'picture-unreadable') throw problem;
      firstProblem ??= problem;
      const { expected = null, got } = problem.detail;
      const code = problem.code === 'file-too-large' ? 'image-too-large' : 'image-unreadable';
      findings.add({ code, action: 'left-out', expected, got: `${nameOf(picture.path)}: ${got}` }, picture.row);
    }
  }
  if (rows.count === 0 && firstProblem !== undefined) throw firstProblem;
  return rows.finish(commonFolder(chosen) ?? (tables[0] === undefined ? 'pictures' : nameOf(tables[0].path)));
}

/** @throws MeshError field-invalid, wrong-length, label-unknown naming the drawing; rows-too-few, rows-too-many */
export function loadDrawings(drawings: readonly Drawing[], task: Task, rowsMax: number): ReadRows {
  const encoder = pictureEncoder(task);
  const bound = boundOf(encoder, rowsMax);
  if (drawings.length > bound)
    throw new MeshError('rows-too-many', { field: 'drawings', expected: `at most ${bound}`, got: String(drawings.length) });
  const rows = new PictureRows(encoder, task, drawings.length, new Findings());
  for (const [i, { pixels, label }] of drawings.entries()) {
    if (!(pixels instanceof Uint8Array) || pixels.length !== encoder.inputs) {
      throw new MeshError('wrong-length', {
        row: i + 1,
        field: 'drawings',
        expected: `${encoder.inputs} bytes`,
        got: String(pixels?.length),
      });
    }
    if (!Number.isInteger(label) || label < 0 || label >= classesOf(task).length) {
      throw new MeshError('label-unknown', {
        row: i + 1,
        field: task.label.name,
        expected: `a class below ${classesOf(task).length}`,
        got: String(label),
      });
    }
    rows.add(pixels, label, i + 1);
  }
  return rows.finish('drawings');
}

async function rawOf(bytes: ArrayBuffer): Promise<Uint8Array> {
  return new Uint8Array(await crypto.subtle.digest('SHA-256', bytes), 0, RAW_BYTES);
}

function boundOf({ inputs }: PictureEncoder, rowsMax: number): number {
  return Math.min(rowsMax, Math.floor(TABLE_BYTES_MAX / 4 / inputs));
}
