/**
 * Fits decoded pixels to the task's size: whole, undistorted and centred, the rest in the background's colour. Grey is the luma of Rec.
 * 601. Each pixel is the mean of the area it covers, so thin lines survive. Scans: if a grey picture's border has the opposite colour of
 * the task's background, like ink on white for a dark background, the picture is inverted and stretched so that the paper becomes the
 * background and the darkest ink full. Photographs (background 'none') and colour pictures stay as they are. Each picture is treated
 * independently.
 */
import type { PictureShape } from './picture-encode.ts';

/** Pixels as a canvas gives them: four RGBA bytes each, not premultiplied. */
export interface Raster {
  readonly width: number;
  readonly height: number;
  readonly data: Uint8ClampedArray;
}

/** Values from 0 to 255, row by row, a pixel's channels together. */
interface Plane {
  readonly width: number;
  readonly height: number;
  readonly values: Float32Array;
}

const PAPER = { dark: 0, light: 255, none: 128 } as const;
/** Share of pixels that may be beyond full ink: specks, and a scanner's frame. */
const SPECKS = 0.005;
/** With less contrast between paper and ink, nothing is stretched: an empty page would become noise. */
const CONTRAST_MIN = 32;
/** Smallest difference from the paper that counts as ink in cropping. */
const INK_MIN = 64;

/** @returns height x width x channels bytes */
export function fitPicture(raster: Raster, shape: PictureShape): Uint8Array<ArrayBuffer> {
  const scanned = shape.channels === 1 && shape.background !== 'none';
  const paper = PAPER[shape.background];
  const plane = planeOf(raster, shape.channels, scanned ? paperUnder(raster, paper) : paper);
  if (scanned) turnToBackground(plane, paper);
  const same = plane.width === shape.width && plane.height === shape.height;
  return averaged(plane, same || !shape.trimmed ? wholeOf(plane) : inkOf(plane, paper), shape, paper);
}

const luma = (r: number, g: number, b: number): number => 0.299 * r + 0.587 * g + 0.114 * b;

function planeOf({ width, height, data }: Raster, channels: 1 | 3, paper: number): Plane {
  const values = new Float32Array(width * height * channels);
  for (let i = 0; i < width * height; i++) {
    const alpha = data[i * 4 + 3]! / 255;
    const over = (c: number) => data[i * 4 + c]! * alpha + paper * (1 - alpha);
    if (channels === 1) values[i] = luma(over(0), over(1), over(2));
    else for (let c = 0; c < 3; c++) values[i * 3 + c] = over(c);
  }
  return { width, height, values };
}

/** What shows through transparent pixels: paper that the visible part contrasts with. A black drawing would vanish on black. */
function paperUnder({ data }: Raster, paper: number): number {
  let [seen, light] = [0, 0];
  for (let i = 0; i < data.length; i += 4) {
    const alpha = data[i + 3]! / 255;
    seen += alpha;
    light += alpha * luma(data[i]!, data[i + 1]!, data[i + 2]!);
  }
  if (seen === 0 || seen === data.length / 4) return paper;
  return light / seen < 127.5 ? 255 : 0;
}

/** Inverts the picture if its border is nearer to the opposite of the background. */
function turnToBackground({ width, height, values }: Plane, background: number): void {
  const border: number[] = [];
  for (let x = 0; x < width; x++) border.push(values[x]!, values[(height - 1) * width + x]!);
  for (let y = 0; y < height; y++) border.push(values[y * width]!, values[y * width + width - 1]!);
  const paper = quantile(Float32Array.from(border), 0.5);
  if (Math.abs(paper - background) <= 127.5) return;
  const ink = quantile(values.slice(), background === 0 ? SPECKS : 1 - SPECKS);
  const contrast = Math.abs(paper - ink) < CONTRAST_MIN ? 255 : Math.abs(paper - ink);
  const sign = background === 0 ? 1 : -1;
  for (let i = 0; i < values.length; i++) {
    const share = Math.min(1, Math.max(0, (sign * (paper - values[i]!)) / contrast));
    values[i] = background + sign * share * 255;
  }
}

/** @param values sorted in place */
function quantile(values: Float32Array, share: number): number {
  values.sort();
  return values[Math.min(values.length - 1, Math.floor(share * values.length))]!;
}

interface Cut {
  readonly left: number;
  readonly top: number;
  readonly right: number;
  readonly bottom: number;
}

function wholeOf({ width, height }: Plane): Cut {
  return { left: 0, top: 0, right: width, bottom: height };
}

/** The box around the ink, or the whole picture if there is none. One channel only. */
function inkOf(plane: Plane, paper: number): Cut {
  let [left, top, right, bottom] = [Infinity, Infinity, 0, 0];
  for (const [i, value] of plane.values.entries()) {
    if (Math.abs(value - paper) < INK_MIN) continue;
    const [x, y] = [i % plane.width, Math.floor(i / plane.width)];
    [left, top, right, bottom] = [Math.min(left, x), Math.min(top, y), Math.max(right, x + 1), Math.max(bottom, y + 1)];
  }
  return right === 0 ? wholeOf(plane) : { left, top, right, bottom };
}

/** The source pixels that one result pixel covers along an axis, with their shares; the rest up to 1 is background. */
type Cover = readonly { readonly at: number; readonly share: number }[];

function covers(from: number, to: number, length: number, scale: number): Cover[] {
  const middle = (from + to) / 2;
  return Array.from({ length }, (_, i) => {
    const start = Math.max(from, middle + (i - length / 2) / scale);
    const end = Math.min(to, middle + (i + 1 - length / 2) / scale);
    const places = Array.from({ length: Math.max(0, Math.ceil(end) - Math.floor(start)) }, (__, k) => Math.floor(start) + k);
    return places.map((at) => ({ at, share: (Math.min(end, at + 1) - Math.max(start, at)) * scale })).filter(({ share }) => share > 0);
  });
}

function averaged(plane: Plane, cut: Cut, shape: PictureShape, paper: number): Uint8Array<ArrayBuffer> {
  const { width, height, channels } = shape;
  const scale = Math.min(width / (cut.right - cut.left), height / (cut.bottom - cut.top));
  const columns = covers(cut.left, cut.right, width, scale);
  const rows = covers(cut.top, cut.bottom, height, scale);
  const bytes = new Uint8Array(width * height * channels);
  // Averages differences from the paper, so uncovered area adds nothing; along rows first.
  const narrow = new Float32Array(plane.height * width * channels);
  for (let y = cut.top; y < cut.bottom; y++) {
    for (const [x, cover] of columns.entries()) {
      for (const { at, share } of cover) {
        for (let c = 0; c < channels; c++) {
          narrow[(y * width + x) * channels + c]! += share * (plane.values[(y * plane.width + at) * channels + c]! - paper);
        }
      }
    }
  }
  for (const [y, cover] of rows.entries()) {
    for (let i = 0; i < width * channels; i++) {
      const difference = cover.reduce((sum, { at, share }) => sum + share * narrow[at * width * channels + i]!, 0);
      bytes[y * width * channels + i] = Math.min(255, Math.max(0, Math.round(paper + difference)));
    }
  }
  return bytes;
}
