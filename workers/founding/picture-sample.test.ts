import fc from 'fast-check';
import { describe, expect, it, test } from 'vitest';
import { MeshError } from '#protocol/errors';
import type { DecodePicture } from '../loader/picture/picture-decode.ts';
import { bmp } from '../loader/picture-files.fixture.ts';
import { inferPictures } from './picture-sample.ts';
import { refusal } from '#protocol/testing/refusal';

type Colour = readonly [red: number, green: number, blue: number];

/** A picture of this size; its decoder knows what each point shows. */
const picture = (name: string, width = 40, height = 30) => new File([bmp(width, height)], name);
const shows =
  (of: (x: number, y: number) => Colour): DecodePicture =>
  async (_, { width, height }) => {
    const data = Uint8ClampedArray.from({ length: 4 * width * height }, (_v, i) => {
      const place = i >> 2;
      return i % 4 === 3 ? 255 : of(place % width, Math.floor(place / width))[i % 4]!;
    });
    return { data, width, height };
  };
const photo = shows((x, y) => [208 + (x % 4), 158 + (y % 4), 98 + ((x + y) % 4)]);
const pets = (n = 6) => Array.from({ length: n }, (_, i) => picture(`pets/${i % 2 ? 'dog' : 'cat'}/${i}.bmp`));

test('transparent points have no brightness', async () => {
  const halves: DecodePicture = async (_, { width, height }) => ({
    data: Uint8ClampedArray.from({ length: 4 * width * height }, (_v, i) => ((i >> 2) % 2 ? 200 : 0)),
    width,
    height,
  });
  expect((await inferPictures(pets(), halves)).centre).toEqual([200]);
});

describe('a folder of photographs', () => {
  it('suggests answers from folders, a small size, colours, and a rounded middle of each', async () => {
    expect(await inferPictures(pets(), photo)).toEqual({
      name: 'pets',
      pictures: 6,
      label: 'label',
      classes: ['cat', 'dog'],
      width: 24,
      height: 18,
      colour: 'rgb',
      background: 'none',
      centre: [210, 160, 100],
    });
  });

  it('may have its answers in a list too, whose paths may be longer', async () => {
    const list = new File(['file,species,size\ndata/pets/a.bmp,cat,1\ndata/pets/b.bmp,dog,2\ndata/pets/c.bmp,cat,3\n'], 'pets/list.csv');
    const found = await inferPictures([...['a', 'b', 'c'].map((name) => picture(`pets/${name}.bmp`)), list], photo);
    expect([found.label, found.classes]).toEqual(['species', ['cat', 'dog']]);
  });
});

test.each([
  ['ink on paper', shows((x, y) => (x > 10 && x < 14 && y > 8 && y < 20 ? [10, 10, 10] : [250, 250, 250])), ['grey', 'light', null]],
  ['light in the dark', shows((x, y) => (x > 10 && x < 30 && y > 8 && y < 20 ? [240, 240, 240] : [5, 5, 5])), ['grey', 'dark', null]],
  ['grey around the middle', shows((x) => (x % 2 ? [120, 120, 120] : [135, 135, 135])), ['grey', 'none', null]],
  [
    'something dark in the middle of bright grey',
    shows((x, y) => (x >= 10 && x < 30 && y >= 8 && y < 23 ? [60, 60, 60] : [200, 200, 200])),
    ['grey', 'none', [200, 200, 200, 200, 200, 60, 60, 200, 200, 60, 60, 200, 200, 200, 200, 200]],
  ],
  ['bright grey', shows((x) => (x % 2 ? [190, 190, 190] : [205, 205, 205])), ['grey', 'none', [190]]],
] as const)('%s', async (_, decode, [colour, background, centre]) => {
  expect(await inferPictures(pets(), decode)).toMatchObject({ colour, background, centre });
});

test.each([
  [28, 28, 28, 28],
  [16, 9, 16, 9],
  [4000, 3000, 24, 18],
  [1024, 1000, 24, 24],
  [3000, 300, 24, 8],
  [3, 3, 24, 24],
])('pictures of %i x %i are seen as %i x %i', async (width, height, seenWidth, seenHeight) => {
  const flat: DecodePicture = async () => ({ width, height, data: new Uint8ClampedArray(4 * width * height).fill(255) });
  const found = await inferPictures([picture('a/1.bmp', width, height), picture('b/1.bmp', width, height)], flat);
  expect([found.width, found.height]).toEqual([seenWidth, seenHeight]);
});

it('a broken picture is skipped; if none opens, the first problem is thrown, and so is a missing decoder', async () => {
  const broken = new File(['MM\0*'], 'pets/cat/scan.tif');
  expect((await inferPictures([broken, ...pets()], photo)).pictures).toBe(7);
  await expect(inferPictures([broken], photo)).rejects.toMatchObject({ code: 'picture-unreadable', detail: { got: 'a TIFF' } });
  await expect(inferPictures([], photo)).rejects.toMatchObject({ code: 'file-empty' });
  await expect(inferPictures(pets(), null)).rejects.toMatchObject({ code: 'field-invalid' });
});

test('whatever pictures show, the proposal is a valid task', async () => {
  const byte = fc.integer({ min: 0, max: 255 });
  const pixels = fc.array(fc.tuple(byte, byte, byte, byte), { minLength: 20, maxLength: 20 });
  await fc.assert(
    fc.asyncProperty(
      fc.array(pixels, { minLength: 1, maxLength: 4 }),
      fc.array(fc.string({ maxLength: 9 }), { maxLength: 4 }),
      async (all, names) => {
        let next = 0;
        const decode: DecodePicture = async () => ({ width: 5, height: 4, data: Uint8ClampedArray.from(all[next++ % all.length]!.flat()) });
        const files = all.map((_, i) => picture(`${names[i] ?? 'x'}/${i}.bmp`, 5, 4));
        const found = await inferPictures(files, decode).catch(refusal);
        if (found instanceof MeshError) return;
        const { width, height, colour, centre } = found;
        expect(width >= 4 && width <= 64 && height >= 4 && height <= 64).toBe(true);
        if (centre === null) return;
        expect([1, 16].map((fields) => fields * (colour === 'rgb' ? 3 : 1))).toContain(centre.length);
        expect(centre.every((value) => Number.isInteger(value) && value >= 0 && value <= 255)).toBe(true);
      },
    ),
    { numRuns: 100 },
  );
});
