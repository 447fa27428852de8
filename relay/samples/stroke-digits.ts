/**
 * Digits drawn by this project: pen strokes with a random hand, as 32 x 32 bitmaps summed over 4 x 4 blocks to 8 x 8 counts of
 * 0..16: the format of the UCI "Optical Recognition of Handwritten Digits" set, of which nothing is used here.
 */
import type { Draws } from './seeded.ts';

/** Width and height of a picture, and the largest count. */
export const DIGIT_SIDE = 8;
export const DIGIT_MAX = 16;
const BLOCK = 4;
const SIDE = DIGIT_SIDE * BLOCK;
/** Points between two points that a stroke passes. */
const CURVE_STEPS = 8;

type Point = readonly [x: number, y: number];
/** Points that the pen passes, on smooth curves; x to the right, y down, about 0..1 each. */
type Stroke = readonly Point[];

/** Ways to write each digit. Two strokes that meet make a corner. */
const HANDS: readonly (readonly (readonly Stroke[])[])[] = [
  [
    [[[0.5, 0], [0.12, 0.25], [0.1, 0.7], [0.5, 1], [0.9, 0.7], [0.88, 0.25], [0.5, 0]]],
    [[[0.6, 0.03], [0.2, 0.2], [0.15, 0.75], [0.5, 1], [0.8, 0.75], [0.82, 0.3], [0.45, 0]]],
  ],
  [
    [[[0.5, 0], [0.5, 0.5], [0.5, 1]]],
    [[[0.3, 0.22], [0.52, 0]], [[0.52, 0], [0.52, 0.5], [0.52, 1]]],
    [[[0.3, 0.2], [0.5, 0]], [[0.5, 0], [0.5, 0.5], [0.5, 1]], [[0.28, 1], [0.72, 1]]],
  ],
  [
    [[[0.12, 0.25], [0.45, 0], [0.85, 0.25], [0.6, 0.6], [0.12, 1]], [[0.12, 1], [0.5, 0.98], [0.9, 1]]],
    [[[0.15, 0.2], [0.5, 0], [0.8, 0.3], [0.4, 0.75], [0.15, 0.95], [0.3, 0.8], [0.55, 0.97], [0.9, 0.9]]],
  ],
  [
    [[[0.15, 0.12], [0.55, 0], [0.8, 0.22], [0.42, 0.46]], [[0.42, 0.46], [0.85, 0.7], [0.55, 1], [0.12, 0.88]]],
    [[[0.15, 0.03], [0.8, 0.03]], [[0.8, 0.03], [0.42, 0.4]], [[0.42, 0.4], [0.85, 0.65], [0.6, 0.98], [0.12, 0.9]]],
  ],
  [
    [[[0.6, 0], [0.1, 0.65]], [[0.1, 0.65], [0.9, 0.65]], [[0.65, 0.35], [0.65, 1]]],
    [[[0.18, 0], [0.15, 0.5]], [[0.15, 0.5], [0.8, 0.5]], [[0.78, 0], [0.76, 0.5], [0.72, 1]]],
    [[[0.68, 0], [0.1, 0.68]], [[0.1, 0.68], [0.92, 0.66]], [[0.68, 0], [0.67, 1]]],
  ],
  [
    [[[0.82, 0.02], [0.25, 0.02]], [[0.25, 0.02], [0.2, 0.42]], [[0.2, 0.42], [0.6, 0.38], [0.85, 0.7], [0.5, 1], [0.12, 0.9]]],
    [[[0.85, 0.0], [0.3, 0.05], [0.25, 0.4], [0.65, 0.45], [0.8, 0.75], [0.5, 0.98], [0.15, 0.92]]],
  ],
  [
    [[[0.68, 0], [0.3, 0.3], [0.15, 0.72], [0.5, 1], [0.82, 0.75], [0.52, 0.52], [0.18, 0.7]]],
    [[[0.45, 0], [0.2, 0.4], [0.18, 0.8], [0.5, 1], [0.8, 0.82], [0.6, 0.58], [0.2, 0.75]]],
  ],
  [
    [[[0.1, 0.03], [0.88, 0.03]], [[0.88, 0.03], [0.55, 0.5], [0.38, 1]]],
    [[[0.1, 0.05], [0.86, 0.03]], [[0.86, 0.03], [0.55, 0.5], [0.4, 1]], [[0.3, 0.5], [0.78, 0.5]]],
  ],
  [
    [[[0.5, 0.48], [0.2, 0.25], [0.5, 0], [0.8, 0.25], [0.5, 0.48], [0.15, 0.75], [0.5, 1], [0.85, 0.75], [0.5, 0.48]]],
    [[[0.78, 0.12], [0.45, 0], [0.22, 0.22], [0.75, 0.7], [0.5, 1], [0.2, 0.75], [0.72, 0.3], [0.78, 0.12]]],
  ],
  [
    [[[0.82, 0.25], [0.5, 0], [0.18, 0.25], [0.48, 0.5], [0.82, 0.25], [0.75, 0.7], [0.55, 1]]],
    [[[0.78, 0.2], [0.5, 0], [0.2, 0.25], [0.45, 0.48], [0.78, 0.2]], [[0.8, 0.1], [0.78, 0.6], [0.76, 1]]],
    [[[0.8, 0.22], [0.5, 0], [0.2, 0.24], [0.5, 0.46], [0.8, 0.22], [0.78, 0.7], [0.5, 1], [0.2, 0.9]]],
  ],
];

/** @returns 64 counts of 0..16, row by row */
export function drawDigit(digit: number, draws: Draws): Uint8Array {
  const strokes = draws.pick(HANDS[digit]!).map((stroke) => curve(stroke.map(([x, y]): Point => [x + 0.03 * draws.bell(), y + 0.03 * draws.bell()])));
  const placed = place(strokes, digit, draws);
  return blockSums(ink(placed, draws.between(1.3, 2.1)));
}

/** Catmull-Rom: a smooth line through all points; its ends repeat. */
function curve(points: Stroke): Stroke {
  const line: Point[] = [points[0]!];
  for (let i = 0; i + 1 < points.length; i++) {
    const [a, b, c, d] = [points[Math.max(0, i - 1)]!, points[i]!, points[i + 1]!, points[Math.min(points.length - 1, i + 2)]!];
    for (let step = 1; step <= CURVE_STEPS; step++) {
      const t = step / CURVE_STEPS;
      const at = (k: 0 | 1) =>
        0.5 * (2 * b[k] + (c[k] - a[k]) * t + (2 * a[k] - 5 * b[k] + 4 * c[k] - d[k]) * t * t + (3 * b[k] - a[k] - 3 * c[k] + d[k]) * t * t * t);
      line.push([at(0), at(1)]);
    }
  }
  return line;
}

/** Slant, a small turn, size and place on the paper. A full-height fit, as scanned digits are cut out. */
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

/** A round pen: a pixel has ink when its centre is nearer than `radius` to the line. Pixels of 32 x 32, row by row. */
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
