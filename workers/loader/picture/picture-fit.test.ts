import { expect, it } from 'vitest';
import type { PictureShape } from './picture-encode.ts';
import { fitPicture, type Raster } from './picture-fit.ts';

const shape = (width: number, height: number, change: Partial<PictureShape> = {}): PictureShape => ({
  width,
  height,
  channels: 1,
  background: 'dark',
  trimmed: false,
  ...change,
});

/** A picture from one character per pixel. */
const SHADES: Readonly<Record<string, readonly number[]>> = {
  '.': [0, 0, 0, 255],
  '#': [255, 255, 255, 255],
  '+': [128, 128, 128, 255],
  p: [200, 200, 200, 255],
  i: [60, 60, 60, 255],
  r: [255, 0, 0, 255],
  ' ': [0, 0, 0, 0],
  k: [0, 0, 0, 255],
};
function raster(...lines: readonly string[]): Raster {
  return {
    width: lines[0]!.length,
    height: lines.length,
    data: Uint8ClampedArray.from(lines.flatMap((line) => [...line].flatMap((c) => SHADES[c]!))),
  };
}
const grid = (bytes: Uint8Array, width: number) =>
  Array.from({ length: bytes.length / width }, (_, y) => [...bytes.subarray(y * width, (y + 1) * width)]);

it('a picture of the right size is kept to the byte', () => {
  expect(grid(fitPicture(raster('.#+', '.ip', '...'), shape(3, 3)), 3)).toEqual([
    [0, 255, 128],
    [0, 60, 200],
    [0, 0, 0],
  ]);
});

it('a smaller one is the mean of areas, and centred on the background if it does not fill the shape', () => {
  expect(grid(fitPicture(raster('##..', '##..'), shape(2, 2, { background: 'none' })), 2)).toEqual([
    [192, 64],
    [192, 64],
  ]);
  expect(grid(fitPicture(raster('i', 'i', 'i', 'i'), shape(4, 4)), 4)).toEqual(Array.from({ length: 4 }, () => [0, 30, 30, 0]));
  expect(grid(fitPicture(raster('..', '..'), shape(4, 2, { background: 'light' })), 4)[0]).toEqual([255, 255, 255, 255]); // all paper
});

it('a pixel that is partly covered counts in part', () => {
  expect([...fitPicture(raster('+..'), shape(2, 1, { background: 'none' }))]).toEqual([100, 43]); // (128·2/3 + 0·1/3)·2/3 of the height, and grey above and below it
});

it('ink on paper is inverted for a dark background, and stretched from the paper to the darkest ink', () => {
  const scan = raster('ppppp', 'ppipp', 'ppipp', 'ppppp');
  expect(grid(fitPicture(scan, shape(5, 4)), 5)[1]).toEqual([0, 0, 255, 0, 0]);
  const chalk = raster('....', '.ii.', '....', '....');
  expect(grid(fitPicture(chalk, shape(4, 4, { background: 'light' })), 4)[1]).toEqual([255, 0, 0, 255]);
  // An empty page has no ink to stretch.
  expect(new Set(fitPicture(raster('ppp', 'ppp', 'ppp'), shape(3, 3)))).toEqual(new Set([0]));
});

it('photographs and colours are not inverted', () => {
  const scan = raster('ppp', 'pip', 'ppp');
  expect(grid(fitPicture(scan, shape(3, 3, { background: 'none' })), 3)[1]).toEqual([200, 60, 200]);
  expect([...fitPicture(raster('r'), shape(1, 1, { channels: 3 }))]).toEqual([255, 0, 0]);
  expect([...fitPicture(raster('r'), shape(1, 1, { background: 'none' }))]).toEqual([76]);
});

it('black on transparency shows on a dark background, and full transparency is background', () => {
  const drawing = raster('   ', ' k ', '   ');
  expect(grid(fitPicture(drawing, shape(3, 3)), 3)).toEqual([
    [0, 0, 0],
    [0, 255, 0],
    [0, 0, 0],
  ]);
  expect(grid(fitPicture(drawing, shape(3, 3, { background: 'light' })), 3)[1]).toEqual([255, 0, 255]);
  expect([...fitPicture(raster(' '), shape(1, 1, { channels: 3, background: 'none' }))]).toEqual([128, 128, 128]);
});

it('if rows count ink, a picture is cropped to its ink, unless it already has the size', () => {
  const digit = raster('........', '...#....', '...#....', '...#....', '...#....', '........');
  expect(grid(fitPicture(digit, shape(3, 4, { trimmed: true })), 3)).toEqual(Array.from({ length: 4 }, () => [0, 255, 0]));
  const exact = raster('...', '.#.', '...');
  expect(grid(fitPicture(exact, shape(3, 3, { trimmed: true })), 3)[0]).toEqual([0, 0, 0]);
  expect(new Set(fitPicture(raster('....', '....'), shape(2, 2, { trimmed: true })))).toEqual(new Set([0]));
});
