import fc from 'fast-check';
import { expect, test } from 'vitest';
import { hashBytes, type Hash } from '#protocol/codec';
import type { KeptRows } from './loaded-rows.ts';
import { layOutRows, readRowsFile } from './rows-file.ts';

const FED = 'F'.repeat(43) as Hash;

function kept(rows: number, width: number, heldOut = 0, grouped = false): KeptRows {
  const side = (n: number, units: boolean) => ({
    x: Float32Array.from({ length: n * width }, (_, i) => Math.fround(Math.sin(i))),
    y: Int32Array.from({ length: n }, (_, i) => i % 3),
    ...(units ? { units: Int32Array.from({ length: n }, (_, i) => i >> 1) } : {}),
  });
  return {
    rows: side(rows, grouped),
    heldOut: side(heldOut, grouped && heldOut > 0),
    digest: hashBytes(new Uint8Array([rows, width])),
    report: {
      name: 'büro.csv',
      rows,
      heldOut,
      units: rows,
      columns: width + 1,
      classCounts: [1, 2, 3],
      hasHeader: true,
      findings: [
        { code: 'missing', action: 'left-out', column: 'age', count: 2, rows: [3, 9], expected: 'a number', got: '', readAs: null },
      ],
      synthetic: false,
    },
  };
}

async function fileOf(value: KeptRows, fed: Hash = FED): Promise<Uint8Array<ArrayBuffer>> {
  const { body, preamble } = await layOutRows(fed, value);
  // As a disk does it: a write of no bytes behind the end leaves the file as long as it was.
  const written = [...body, preamble].filter(({ bytes }) => bytes.length > 0);
  const file = new Uint8Array(Math.max(...written.map(({ at, bytes }) => at + bytes.length)));
  for (const piece of written) file.set(piece.bytes, piece.at);
  return file;
}
const read = (bytes: Uint8Array<ArrayBuffer>, fed: Hash = FED) => readRowsFile(fed, new Blob([bytes]));

test.each([
  ['rows alone', kept(5, 3)],
  ['an even number of rows alone', kept(6, 3)],
  ['rows kept aside', kept(5, 3, 2)],
  ['units of privacy', kept(7, 2, 4, true)],
])('%s come back as they were', async (_name, value) => {
  expect(await read(await fileOf(value))).toEqual(value);
});

test('views into a larger buffer keep only what they show', async () => {
  const value = kept(4, 2);
  const wide = new Float32Array(20).fill(9);
  wide.set(value.rows.x, 5);
  const file = await fileOf({ ...value, rows: { ...value.rows, x: wide.subarray(5, 13) } });
  expect((await read(file))?.rows.x).toEqual(value.rows.x);
});

test('another federation’s file, an empty one, and one without its last write are no rows', async () => {
  const file = await fileOf(kept(5, 3));
  expect(await read(file, 'G'.repeat(43) as Hash)).toBeNull();
  expect(await read(new Uint8Array(0))).toBeNull();
  expect(await read(file.slice().fill(0, 0, 48))).toBeNull();
});

test('rows that disagree with their report are not trusted', async () => {
  const value = kept(5, 3);
  expect(await read(await fileOf({ ...value, report: { ...value.report, rows: 6 } }))).toBeNull();
  expect(await read(await fileOf({ ...value, rows: { ...value.rows, x: value.rows.x.subarray(1) } }))).toBeNull();
  expect(await read(await fileOf({ ...value, rows: { ...value.rows, units: new Int32Array(5).fill(-1) } }))).toBeNull();
});

test('a file cut anywhere, or with any byte of what counts changed, is no rows', async () => {
  const value = kept(6, 3, 2, true);
  const file = await fileOf(value);
  await fc.assert(
    fc.asyncProperty(fc.nat(file.length - 1), async (length) => {
      expect(await read(file.slice(0, length))).toBeNull();
    }),
    { numRuns: 150 },
  );
  await fc.assert(
    fc.asyncProperty(fc.nat(file.length - 1), fc.integer({ min: 1, max: 255 }), async (at, flip) => {
      const changed = file.slice();
      changed[at]! ^= flip;
      // The bytes between two parts, and the four beside the header's length, mean nothing.
      expect((await read(changed)) ?? value).toEqual(value);
    }),
    { numRuns: 300 },
  );
});

test('classes are not read as numbers, nor numbers as classes', async () => {
  const classes = kept(6, 3);
  const numbers = { ...classes, rows: { ...classes.rows, y: Float32Array.from(classes.rows.y) } };
  for (const value of [classes, { ...numbers, heldOut: { ...classes.heldOut, y: Float32Array.from(classes.heldOut.y) } }]) {
    const file = await fileOf(value);
    expect(await read(file)).toEqual(value);
    file[7]! ^= 3;
    expect(await read(file)).toBeNull();
  }
});

test('bytes of a stranger never throw', async () => {
  const start = (await fileOf(kept(2, 2))).slice(0, 48);
  await fc.assert(
    fc.asyncProperty(fc.uint8Array({ maxLength: 400 }), fc.boolean(), async (bytes, disguised) => {
      const file = disguised ? new Uint8Array([...start, ...bytes]) : new Uint8Array(bytes);
      expect(await read(file)).toBeNull();
    }),
    { numRuns: 200 },
  );
});
