import { expect, it } from 'vitest';
import { MeshError } from '#protocol/errors';
import type { ImageTask, TableTask } from '#protocol/manifest/task';
import { isProblem, rowEncoder } from '../row-encoder.fixture.ts';
import { pictureEncoder } from './picture-encode.ts';

const image = (change: Partial<ImageTask>): ImageTask => ({
  kind: 'image',
  width: 4,
  height: 4,
  colour: 'grey',
  background: 'dark',
  label: { name: 'what', classes: ['a', 'b'] },
  ...change,
});
const inkTable: TableTask = {
  kind: 'table',
  columns: [0, 3, 8, 16].map((typical, i) => ({ kind: 'number', name: `p${i}`, min: 0, max: 16, typical })),
  label: { name: 'digit', classes: ['0', '1'] },
  picture: { width: 2, height: 2 },
};

it.each([
  ['dark', [0, 1.2, 2]],
  ['light', [-2, -0.8, 0]],
  ['none', [-1, 0.2, 1]],
] as const)('the background %s is what the model sees as 0', (background, expected) => {
  const { encode, inputs } = pictureEncoder(image({ background }));
  const pixels = new Uint8Array(inputs).fill(255);
  pixels.set([0, 153]);
  const out = new Float32Array(inputs + 1);
  encode(pixels, out, 1);
  expect(out[0]).toBe(0);
  for (const [i, value] of expected.entries()) expect(out[i + 1]).toBeCloseTo(value, 6);
});

it('the centre of each colour is what the model sees as 0, at every pixel', () => {
  const { encode, inputs } = pictureEncoder(image({ colour: 'rgb', background: 'none', centre: [200, 255, 0] }));
  const pixels = new Uint8Array(inputs);
  pixels.set([200, 255, 0, 255, 0, 255], 3);
  const out = new Float32Array(inputs);
  encode(pixels, out, 0);
  expect([...out.subarray(3, 6)]).toEqual([0, 0, 0]);
  expect([...out.subarray(6, 9)]).toEqual([110 / 255, -2, 2].map(Math.fround));
});

it('so is the centre of each field', () => {
  const { encode, inputs } = pictureEncoder(
    image({ width: 8, height: 8, background: 'none', centre: Array.from({ length: 16 }, (_, i) => i) }),
  );
  const out = new Float32Array(inputs);
  encode(new Uint8Array(inputs), out, 0);
  expect([out[0], out[1], out[7], out[8], out[16], out[63]].map((value) => Math.abs(Math.round((value! * 255) / 2)))).toEqual([
    0, 0, 3, 0, 4, 15,
  ]);
});

it('colours have three inputs per pixel', () => {
  expect(pictureEncoder(image({ colour: 'rgb' }))).toMatchObject({ inputs: 48, shape: { channels: 3, trimmed: false } });
});

it('a table of pixels counts ink as its own encoder does', () => {
  const { encode, shape } = pictureEncoder(inkTable);
  expect(shape).toEqual({ width: 2, height: 2, channels: 1, background: 'dark', trimmed: true });
  const drawn = new Float32Array(4);
  encode(Uint8Array.from([0, 255, 51, 204]), drawn, 0);
  const read = new Float32Array(4);
  const row = rowEncoder(inkTable).encode(['0', '16', '3.2', '12.8', '1'], read, 0);
  expect(isProblem(row)).toBe(false);
  expect(drawn).toEqual(read);
});

it('pixels of another size, and tasks without pictures, are refused by name', () => {
  expect(() => pictureEncoder(image({})).encode(new Uint8Array(15), new Float32Array(16), 0)).toThrow(MeshError);
  expect(() => pictureEncoder({ ...inkTable, picture: null })).toThrow(/field-invalid: data: expected a table/);
  const gaps: TableTask = { ...inkTable, columns: [0, 1].map((i) => ({ kind: 'number', name: `p${i}`, min: 0, max: 1, missing: 'fill' })) };
  expect(() => pictureEncoder(gaps)).toThrow(/task.picture/);
});
