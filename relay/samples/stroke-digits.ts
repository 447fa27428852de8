/**
 * Digits drawn by this project: pen strokes by a random hand, as 32 x 32 bitmaps summed over 4 x 4 blocks to 8 x 8 counts of 0..16: the
 * format of the UCI "Optical Recognition of Handwritten Digits" set, none of whose data is used here.
 */
import type { Draws } from './seeded.ts';

/** Width and height of a picture, and the largest count. */
export const DIGIT_SIDE = 8;
export const DIGIT_MAX = 16;
const BLOCK = 4;
const SIDE = DIGIT_SIDE * BLOCK;
/** Interpolated points between two points of a stroke. */
const CURVE_STEPS = 8;

type Point = readonly [x: number, y: number];
/** Points that the pen passes on smooth curves; x to the right, y down, about 0..1 each. */
type Stroke = readonly Point[];

/** Ways to write each digit: points in hundredths, strokes between slashes. Two strokes that meet make a corner. */
const HANDS: readonly (readonly string[])[] = [
  ['50,0 12,25 10,70 50,100 90,70 88,25 50,0', '60,3 20,20 15,75 50,100 80,75 82,30 45,0'],
  ['50,0 50,50 50,100', '30,22 52,0 / 52,0 52,50 52,100', '30,20 50,0 / 50,0 50,50 50,100 / 28,100 72,100'],
  ['12,25 45,0 85,25 60,60 12,100 / 12,100 50,98 90,100', '15,20 50,0 80,30 40,75 15,95 30,80 55,97 90,90'],
  ['15,12 55,0 80,22 42,46 / 42,46 85,70 55,100 12,88', '15,3 80,3 / 80,3 42,40 / 42,40 85,65 60,98 12,90'],
  ['60,0 10,65 / 10,65 90,65 / 65,35 65,100', '18,0 15,50 / 15,50 80,50 / 78,0 76,50 72,100', '68,0 10,68 / 10,68 92,66 / 68,0 67,100'],
  ['82,2 25,2 / 25,2 20,42 / 20,42 60,38 85,70 50,100 12,90', '85,0 30,5 25,40 65,45 80,75 50,98 15,92'],
  ['68,0 30,30 15,72 50,100 82,75 52,52 18,70', '45,0 20,40 18,80 50,100 80,82 60,58 20,75'],
  ['10,3 88,3 / 88,3 55,50 38,100', '10,5 86,3 / 86,3 55,50 40,100 / 30,50 78,50'],
  ['50,48 20,25 50,0 80,25 50,48 15,75 50,100 85,75 50,48', '78,12 45,0 22,22 75,70 50,100 20,75 72,30 78,12'],
  [
    '82,25 50,0 18,25 48,50 82,25 75,70 55,100',
    '78,20 50,0 20,25 45,48 78,20 / 80,10 78,60 76,100',
    '80,22 50,0 20,24 50,46 80,22 78,70 50,100 20,90',
  ],
];

/** @returns 64 counts of 0..16, row by row */
export function drawDigit(digit: number, draws: Draws): Uint8Array {
  const strokes = readStrokes(draws.pick(HANDS[digit]!)).map((stroke) =>
    curve(stroke.map(([x, y]): Point => [x + 0.03 * draws.bell(), y + 0.03 * draws.bell()])),
  );
  const placed = place(strokes, digit, draws);
  return blockSums(ink(placed, draws.between(1.3, 2.1)));
}

function readStrokes(hand: string): Stroke[] {
  return hand.split(' / ').map((stroke) =>
    stroke.split(' ').map((point): Point => {
      const [x, y] = point.split(',').map(Number) as [number, number];
      return [x / 100, y / 100];
    }),
  );
}

/** Catmull-Rom: a smooth line through all points; its ends repeat. */
function curve(points: Stroke): Stroke {
  const line: Point[] = [points[0]!];
  for (let i = 0; i + 1 < points.length; i++) {
    const [a, b, c, d] = [points[Math.max(0, i - 1)]!, points[i]!, points[i + 1]!, points[Math.min(points.length - 1, i + 2)]!];
    for (let step = 1; step <= CURVE_STEPS; step++) {
      const t = step / CURVE_STEPS;
      const at = (k: 0 | 1) =>
        0.5 *
        (2 * b[k] + (c[k] - a[k]) * t + (2 * a[k] - 5 * b[k] + 4 * c[k] - d[k]) * t * t + (3 * b[k] - a[k] - 3 * c[k] + d[k]) * t * t * t);
      line.push([at(0), at(1)]);
    }
  }
  return line;
}

/** Slant, a small turn, size and position on the paper. Fitted to full height, as scanned digits are cropped. */
function place(strokes: readonly Stroke[], digit: number, draws: Draws): Stroke[] {
  const slant = 0.14 * draws.bell();
  const half = 0.04 * draws.bell(); // tangent of half the angle: a turn without sin and cos
  const cos = (1 - half * half) / (1 + half * half);
  const sin = (2 * half) / (1 + half * half);
  const wide = draws.between(0.62, 0.85);
  const turned = strokes.map((stroke) =>
    stroke.map(([x, y]): Point => {
      const u = (x - 0.5) * wide - slant * (y - 0.5);
      const v = y - 0.5;
      return [cos * u - sin * v, sin * u + cos * v];
    }),
  );
  const all = turned.flat();
  const range = (k: 0 | 1) => [Math.min(...all.map((p) => p[k])), Math.max(...all.map((p) => p[k]))] as const;
  const [left, right] = range(0);
  const [top, bottom] = range(1);
  const room = SIDE - 4;
  const scale = Math.min(room / (bottom - top), room / Math.max(right - left, digit === 1 ? 0.3 : 0.5)) * draws.between(0.88, 1);
  const [dx, dy] = [0.7 * draws.bell(), 0.5 * draws.bell()];
  return turned.map((stroke) =>
    stroke.map(([x, y]): Point => [SIDE / 2 + dx + (x - (left + right) / 2) * scale, SIDE / 2 + dy + (y - (top + bottom) / 2) * scale]),
  );
}

/** A round pen: a pixel has ink if its centre is nearer than `radius` to the line. Pixels of 32 x 32, row by row. */
function ink(strokes: readonly Stroke[], radius: number): Uint8Array {
  const bitmap = new Uint8Array(SIDE * SIDE);
  for (const stroke of strokes) {
    for (let i = 0; i + 1 < stroke.length; i++) {
      const [[x1, y1], [x2, y2]] = [stroke[i]!, stroke[i + 1]!];
      const clip = (v: number) => Math.min(SIDE - 1, Math.max(0, Math.floor(v)));
      for (let y = clip(Math.min(y1, y2) - radius); y <= clip(Math.max(y1, y2) + radius); y++) {
        for (let x = clip(Math.min(x1, x2) - radius); x <= clip(Math.max(x1, x2) + radius); x++) {
          if (distanceSquared(x + 0.5, y + 0.5, x1, y1, x2, y2) <= radius * radius) bitmap[y * SIDE + x] = 1;
        }
      }
    }
  }
  return bitmap;
}

function distanceSquared(x: number, y: number, x1: number, y1: number, x2: number, y2: number): number {
  const [dx, dy] = [x2 - x1, y2 - y1];
  const length = dx * dx + dy * dy;
  const t = length === 0 ? 0 : Math.min(1, Math.max(0, ((x - x1) * dx + (y - y1) * dy) / length));
  const [ex, ey] = [x - x1 - t * dx, y - y1 - t * dy];
  return ex * ex + ey * ey;
}

function blockSums(bitmap: Uint8Array): Uint8Array {
  const sums = new Uint8Array(DIGIT_SIDE * DIGIT_SIDE);
  for (let y = 0; y < SIDE; y++) {
    for (let x = 0; x < SIDE; x++) sums[Math.floor(y / BLOCK) * DIGIT_SIDE + Math.floor(x / BLOCK)]! += bitmap[y * SIDE + x]!;
  }
  return sums;
}
