/**
 * What a founder's own pictures suggest: answers, a size, colours, the background, and a rounded typical brightness for photographs.
 * Pictures are decoded one at a time on the founder's device; nothing of them is kept or sent.
 */
import { asMeshError, MeshError } from '#protocol/errors';
import { IMAGE_FILES_MAX } from '#protocol/limits';
import { CENTRE_FIELDS, type ImageTask } from '#protocol/manifest/task';
import { FileNames } from '../loader/cells/file-names.ts';
import { openPicture } from '../loader/picture/images.ts';
import type { DecodePicture } from '../loader/picture/picture-decode.ts';
import type { Raster } from '../loader/picture/picture-fit.ts';
import { commonFolder, sortFiles } from '../loader/picture/picture-labels.ts';
import { nameOf } from '../loader/cells/file-names.ts';
import { middleOf } from '../loader/cells/quantile.ts';
import type { PicturesGuess } from './api.ts';
import { answersOfFiles, readTables } from './answers-of-files.ts';
import { compareValues } from './column-guess.ts';
import { roundTypical } from './round-range.ts';
import { spreadOver } from './spread.ts';

/** Pictures to look at, and points of each. */
const PICTURES_MAX = 200;
const POINTS = 1024;
const LIST_ROWS_MAX = IMAGE_FILES_MAX;
const CLASSES_MAX = 256;
/** Pictures up to the first size keep theirs; the longer side of larger ones becomes the second, and no side is below the last. */
const SIDE = { own: 32, proposed: 24, least: 8 } as const;
/** Sides that differ by less become square. */
const SQUARE = 1.3;
/**
 * A point is coloured if its colours differ by more, a picture with this share of such points, a sample with this share of such pictures.
 */
const COLOURED = { by: 24, points: 0.05, pictures: 0.2 } as const;
/** A background: edges that are this dark, or this light, in this share of the pictures. */
const GROUND = { dark: 40, light: 215, pictures: 0.7 } as const;
const BYTES = { min: 0, max: 255 } as const;
/** Medians this near to middle grey add nothing. */
const GREY = { middle: 127.5, near: 12 } as const;

/** @throws MeshError file-empty without any picture; field-invalid without a decoder; the first picture's problem if none can be read */
export async function inferPictures(files: readonly File[], decode: DecodePicture | null): Promise<PicturesGuess> {
  if (decode === null) throw new MeshError('field-invalid', { field: 'sample', expected: 'a browser to decode pictures', got: 'none' });
  const chosen = sortFiles(files);
  const { pictures, tables } = chosen;
  if (pictures.length === 0) throw new MeshError('file-empty', { field: 'sample', expected: 'at least one picture', got: '0' });
  const seen = new SeenPictures();
  let problem: MeshError | null = null;
  for (const { file, path } of spreadOver(pictures, PICTURES_MAX)) {
    try {
      seen.add((await openPicture(file, nameOf(path), decode)).raster);
    } catch (error) {
      problem ??= asMeshError(error);
      if (problem.code === 'internal') throw error;
    }
  }
  if (seen.count === 0) throw problem!;
  const names = new FileNames(
    pictures.map(({ path }) => path),
    { numbers: false },
  );
  const lists = await readTables(tables, LIST_ROWS_MAX);
  const paths = pictures.map(({ path }) => path);
  const { label, answers } = answersOfFiles(names, pictures.length, lists, paths, CLASSES_MAX);
  return {
    name: commonFolder(chosen) ?? '',
    pictures: pictures.length,
    label: label ?? 'label',
    classes: answers.toSorted(compareValues),
    ...seen.proposed(),
  };
}

/** Counts over the pictures that were seen. */
class SeenPictures {
  count = 0;
  readonly #sides: [width: number, height: number][] = [];
  /** Values of red, green, blue and grey seen in each field. */
  readonly #fields = Array.from({ length: CENTRE_FIELDS ** 2 }, (): number[][] => [[], [], [], []]);
  #coloured = 0;
  #dark = 0;
  #light = 0;

  add({ width, height, data }: Raster): void {
    this.count++;
    this.#sides.push([width, height]);
    const step = Math.max(1, Math.floor((width * height) / POINTS));
    let [points, coloured] = [0, 0];
    for (let at = 0; at < width * height; at += step) {
      if (data[4 * at + 3]! < 128) continue; // transparent
      const [r, g, b] = [data[4 * at]!, data[4 * at + 1]!, data[4 * at + 2]!];
      points++;
      if (Math.max(r, g, b) - Math.min(r, g, b) > COLOURED.by) coloured++;
      const [x, y] = [at % width, Math.floor(at / width)];
      const field = this.#fields[Math.floor((y * CENTRE_FIELDS) / height) * CENTRE_FIELDS + Math.floor((x * CENTRE_FIELDS) / width)]!;
      for (const [c, value] of [r, g, b, 0.299 * r + 0.587 * g + 0.114 * b].entries()) field[c]!.push(value);
    }
    if (coloured > COLOURED.points * points) this.#coloured++;
    const edge = edgeOf({ width, height, data });
    if (edge <= GROUND.dark) this.#dark++;
    if (edge >= GROUND.light) this.#light++;
  }

  proposed(): Pick<PicturesGuess, 'width' | 'height' | 'colour' | 'background' | 'centre'> {
    const colour = this.#coloured >= COLOURED.pictures * this.count ? 'rgb' : 'grey';
    const most = GROUND.pictures * this.count;
    const background: ImageTask['background'] = this.#dark >= most ? 'dark' : this.#light >= most ? 'light' : 'none';
    const [width, height] = [0, 1].map((side) => middleOf(this.#sides.map((sides) => sides[side]!))) as [number, number];
    // Ink is counted from the background, by far the most common value.
    const centre = background === 'none' ? this.#centre(colour) : null;
    return { ...sizeFor(width, height), colour, background, centre };
  }

  /** Rounded medians of each field; one per colour if all fields agree. */
  #centre(colour: ImageTask['colour']): number[] | null {
    const fields = this.#fields.map((seen) =>
      (colour === 'rgb' ? seen.slice(0, 3) : seen.slice(3)).map((of) =>
        of.length === 0 ? Math.round(GREY.middle) : Math.round(roundTypical(Float64Array.from(of).sort(), BYTES)),
      ),
    );
    const all = fields.flat();
    if (all.every((value) => Math.abs(value - GREY.middle) <= GREY.near)) return null;
    return fields.every((field) => field.join() === fields[0]!.join()) ? fields[0]! : all;
  }
}

function sizeFor(width: number, height: number): { readonly width: number; readonly height: number } {
  const long = Math.max(width, height);
  if (long <= SIDE.own && Math.min(width, height) >= SIDE.least) return { width, height };
  if (long < SQUARE * Math.min(width, height)) return { width: SIDE.proposed, height: SIDE.proposed };
  const side = (of: number) => Math.max(SIDE.least, Math.round((SIDE.proposed * of) / long));
  return { width: side(width), height: side(height) };
}

/** The median brightness along the four edges; middle grey if they are transparent. */
function edgeOf({ width, height, data }: Raster): number {
  const values: number[] = [];
  const add = (x: number, y: number) => {
    const at = 4 * (y * width + x);
    if (data[at + 3]! >= 128) values.push(0.299 * data[at]! + 0.587 * data[at + 1]! + 0.114 * data[at + 2]!);
  };
  for (let x = 0; x < width; x++) for (const y of [0, height - 1]) add(x, y);
  for (let y = 0; y < height; y++) for (const x of [0, width - 1]) add(x, y);
  return values.length === 0 ? GREY.middle : middleOf(values);
}
