/**
 * Turns pixels into model inputs, by the task alone: the last step for pictures, drawings and anything else shown to a model.
 * picture-fit.ts turns a file into pixels of the task's size.
 */
import { MeshError } from '#protocol/errors';
import { CENTRE_FIELDS, inputWidth, pictureOf, type ImageTask, type Task } from '#protocol/manifest/task';
import { scaleNumber } from '../table/encode.ts';

/** A picture's pixels are height x width x channels bytes, row by row, a pixel's channels together. */
export interface PictureShape {
  readonly width: number;
  readonly height: number;
  readonly channels: 1 | 3;
  readonly background: ImageTask['background'];
  /** True if rows count the ink of a character that fills its field: pictures are cropped to the ink first. */
  readonly trimmed: boolean;
}

export interface PictureEncoder {
  readonly shape: PictureShape;
  /** Number of inputs per picture. */
  readonly inputs: number;
  /**
   * @param pixels height x width x channels bytes
   * @param out receives `inputs` numbers in [-2, 2] from `offset` on
   * @throws MeshError wrong-length
   */
  encode(pixels: Uint8Array, out: Float32Array, offset: number): void;
}

const NEUTRAL = { dark: 0, light: 255, none: 127.5 } as const;

/** Per input the pixel value, 0 to 255, that the model sees as 0. */
export function zeroOf(task: ImageTask): Float32Array {
  const { centre, background, width, height, colour } = task;
  const channels = colour === 'rgb' ? 3 : 1;
  return Float32Array.from({ length: width * height * channels }, (_, input) => {
    if (centre === undefined) return NEUTRAL[background];
    if (centre.length === channels) return centre[input % channels]!;
    const place = Math.floor(input / channels);
    const [x, y] = [place % width, Math.floor(place / width)];
    const field = Math.floor((y * CENTRE_FIELDS) / height) * CENTRE_FIELDS + Math.floor((x * CENTRE_FIELDS) / width);
    return centre[field * channels + (input % channels)]!;
  });
}

/** @throws MeshError field-invalid for a task whose rows are not pictures */
export function pictureEncoder(task: Task): PictureEncoder {
  const picture = pictureOf(task);
  if (picture === null || task.kind === 'sequence') {
    throw new MeshError('field-invalid', { field: 'data', expected: task.kind === 'sequence' ? 'recordings' : 'a table', got: 'pictures' });
  }
  const shape: PictureShape = {
    width: picture.width,
    height: picture.height,
    channels: picture.colour === 'rgb' ? 3 : 1,
    background: task.kind === 'image' ? task.background : 'dark',
    trimmed: task.kind === 'table',
  };
  const inputs = inputWidth(task);
  const scaled = task.kind === 'image' ? lightInputs(zeroOf(task)) : inkInputs(task);
  const encode = (pixels: Uint8Array, out: Float32Array, offset: number): void => {
    if (pixels.length !== inputs)
      throw new MeshError('wrong-length', { field: 'pixels', expected: String(inputs), got: String(pixels.length) });
    for (let i = 0; i < inputs; i++) out[offset + i] = scaled(pixels[i]!, i);
  };
  return { shape, inputs, encode };
}

function lightInputs(zero: Float32Array): (pixel: number, at: number) => number {
  return (pixel, at) => ((pixel - zero[at]!) * 2) / 255;
}

/** For a table with a column per pixel that counts ink: from the column's minimum without ink to its maximum. */
function inkInputs(task: Extract<Task, { kind: 'table' }>): (pixel: number, column: number) => number {
  const ranges = task.columns.flatMap((c) => (c.kind === 'number' && c.missing === undefined ? [c] : []));
  if (ranges.length !== inputWidth(task)) {
    throw new MeshError('field-invalid', { field: 'task.picture', expected: 'a number for each pixel', got: 'other columns' });
  }
  return (pixel, column) => {
    const { min, max, typical } = ranges[column]!;
    return scaleNumber(min + (pixel / 255) * (max - min), min, max, typical);
  };
}
