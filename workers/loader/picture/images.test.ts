import fc from 'fast-check';
import { expect, it, vi } from 'vitest';
import { asMeshError } from '#protocol/errors';
import { IMAGE_FILE_BYTES_MAX } from '#protocol/limits';
import type { ImageTask, TableTask } from '#protocol/manifest/task';
import type { Finding } from '../../api.ts';
import { loadDrawings, loadPictures } from './images.ts';
import type { DecodePicture } from './picture-decode.ts';
import { ascii, boxed, gif, png } from '../picture-files.fixture.ts';

const TASK: ImageTask = {
  kind: 'image',
  width: 4,
  height: 4,
  colour: 'grey',
  background: 'none',
  label: { name: 'animal', classes: ['cat', 'dog', '3'] },
};

/** Every pixel has the value of the file's last byte; a file that ends with 13 is broken. */
const decode = vi.fn<DecodePicture>(async (file, { width, height }) => {
  const shade = new Uint8Array(await file.arrayBuffer()).at(-1)!;
  if (shade === 13) throw new DOMException('broken');
  return { width, height, data: new Uint8ClampedArray(width * height * 4).map((_, i) => (i % 4 === 3 ? 255 : shade)) };
});

const picture = (path: string, shade = 100, width = 4, height = 4): File => fileOf(path, Uint8Array.from([...png(width, height), shade]));
const csv = (text: string, path = 'labels.csv'): File => fileOf(path, ascii(text));

/** A file from a chosen folder: Node's File has no relative path of its own. */
function fileOf(path: string, bytes: Uint8Array<ArrayBuffer>): File {
  const file = new File([bytes], path.split('/').at(-1)!);
  if (path.includes('/')) Object.defineProperty(file, 'webkitRelativePath', { value: path });
  return file;
}

const load = (files: readonly File[], rowsMax = 100, part = 1) => loadPictures(files, TASK, rowsMax, decode, part);
async function refusal(work: Promise<unknown>) {
  const error = asMeshError(
    await work.then(
      () => expect.unreachable('expected a refusal'),
      (reason: unknown) => reason,
    ),
  );
  return { code: error.code, ...error.detail };
}
/** All findings except that a class with so few pictures is rare. */
const faults = (findings: readonly Finding[]) => findings.map(({ code }) => code).filter((code) => code !== 'imbalance');
const found = (findings: readonly Finding[], code: Finding['code']) => findings.find((finding) => finding.code === code);

it('of nested folders, the innermost one named like a class gives the label', async () => {
  const files = [
    picture('zoo/Cat/a.png', 10),
    picture('zoo/dog/old/b.png', 20),
    picture('dog/cat/c.png', 30),
    picture('zoo/3.0/d.png', 40),
  ];
  const { rows, report } = await load(files);
  expect([...rows.y]).toEqual([0, 1, 0, 2]);
  expect(rows.x.length).toBe(4 * 16);
  expect(rows.x[16]).toBeCloseTo(((20 - 127.5) * 2) / 255, 6);
  expect(report).toMatchObject({ name: 'pictures', classCounts: [2, 1, 1], columns: 0, synthetic: false, findings: [] });
  expect((await load([picture('zoo/cat/a.png'), picture('zoo/dog/b.png', 7)])).report.name).toBe('zoo');
});

it('a path may be in the name itself, and files that systems leave in folders are skipped', async () => {
  const named = [new File([png(4, 4)], 'pets/cat/a.png'), new File([png(4, 4), '!'], 'pets\\dog\\b.png')];
  const junk = [fileOf('pets/.DS_Store', ascii('x')), fileOf('pets/cat/Thumbs.db', ascii('x')), fileOf('__MACOSX/cat/._a.png', ascii('x'))];
  const { rows, report } = await load([...junk, ...named]);
  expect([...rows.y]).toEqual([0, 1]);
  expect(faults(report.findings)).toEqual([]);
});

it.each([
  ['a header', 'file,label\na.png,cat\nb.png,dog\n'],
  ['the answer’s own heading beside a usual one', 'file,label,animal\na.png,dog,cat\nb.png,cat,dog\n'],
  ['a column called file that names none', 'file,id,label\nRex,a,cat\nMia,b,dog\n'],
  ['another order and another separator', 'Animal;ID;Filename\ncat;1;A.PNG\ndog;3;B.png\n'],
  ['no header', 'b.png,dog\na.png,cat\n'],
  ['no extensions, and a column that looks like classes', 'id,count,target\na,3,cat\nb,3,dog\n'],
  [
    'more folders in the table, and URLs',
    'path,class\nC:\\old\\set\\images\\train\\a.png,cat\nhttps://pets.example/set/images/train/b.PNG?v=1,dog\n',
  ],
  ['folders in the table', 'image,class\nimages/train/a.png,cat\n./images/train/b.png,dog\n'],
])('loose files with a CSV beside them: %s', async (_, text) => {
  const folder = text.includes('train') ? 'set/images/train/' : '';
  const { rows, report } = await load([
    picture(`${folder}a.png`, 1),
    csv(text, folder === '' ? 'labels.csv' : 'set/labels.csv'),
    picture(`${folder}b.png`, 2),
  ]);
  expect([...rows.y]).toEqual([0, 1]);
  expect(faults(report.findings)).toEqual([]);
  expect(report.name).toBe(folder === '' ? 'labels.csv' : 'set');
});

it('a list without a heading may begin with a picture that was not chosen', async () => {
  const { rows, report } = await load([picture('a.png', 1), picture('b.png', 2), csv('x.png,cat\na.png,cat\nb.png,dog\n')]);
  expect([...rows.y]).toEqual([0, 1]);
  expect(found(report.findings, 'image-unreadable')).toMatchObject({ rows: [1], got: "'x.png'" });
});

it('findings of a CSV: no such picture, an unknown class, a picture that it does not name', async () => {
  const files = [
    picture('a.png', 1),
    picture('b.png', 2),
    picture('c.png', 3),
    picture('d.png', 4),
    csv('file,label\na.png,cat\nb.png,dog\nx.png,cat\nc.png,cow\n'),
  ];
  const { rows, report } = await load(files);
  expect(rows.y.length).toBe(2);
  expect(found(report.findings, 'image-unreadable')).toMatchObject({ action: 'left-out', column: 'labels.csv', rows: [4], got: "'x.png'" });
  expect(found(report.findings, 'label-unknown')).toMatchObject({ rows: [5], got: "'cow'", expected: 'one of cat, dog, 3' });
  expect(found(report.findings, 'image-unlabelled')).toMatchObject({ action: 'left-out', count: 2, rows: [3, 4], got: 'c.png' });
});

it('bad pictures are left out and named; the others stay', async () => {
  const files = [
    picture('cat/good.png', 10),
    picture('cat/corrupt.png', 13),
    picture('dog/huge.png', 10, 12_000, 12_000),
    fileOf('dog/moving.gif', gif(4, 4, 2)),
    fileOf('dog/text.png', ascii('this is no picture')),
    picture('cow/lost.png', 30),
  ];
  decode.mockClear();
  const { rows, report } = await load(files);
  expect([...rows.y]).toEqual([0, 1]);
  expect(found(report.findings, 'image-unreadable')).toMatchObject({ count: 2, rows: [2, 5], got: 'corrupt.png: a damaged PNG' });
  expect(found(report.findings, 'image-too-large')).toMatchObject({ rows: [3], got: 'huge.png: 12000 x 12000 pixels' });
  expect(found(report.findings, 'image-animated')).toMatchObject({
    action: 'read-as',
    rows: [4],
    got: 'moving.gif',
    readAs: 'its first frame',
  });
  expect(found(report.findings, 'image-unlabelled')).toMatchObject({ rows: [6], got: 'lost.png' });
  expect(decode.mock.calls.map(([file]) => (file as File).name)).not.toContain('huge.png');
});

it('a photo that this browser cannot open, and files that are not pictures, are named with what to do', async () => {
  decode.mockRejectedValueOnce(new Error('InvalidStateError'));
  const photo = fileOf('cat/IMG_1.HEIC', boxed(['heic', 'mif1'], [[4032, 3024]]));
  const others = [picture('cat/a.png', 1), picture('dog/b.png', 2), fileOf('dog/scan.tif', ascii('II*\0\x08\0\0\0'))];
  const { rows, report } = await load([photo, ...others]);
  expect(rows.y.length).toBe(2);
  expect(found(report.findings, 'image-unreadable')).toMatchObject({
    count: 2,
    got: 'IMG_1.HEIC: a HEIC photo that this browser cannot open',
    expected: 'a JPEG or PNG: export it as one first',
  });
  expect(await refusal(load([fileOf('cat/scan.tif', ascii('MM\0*\0\0\0\x08'))]))).toMatchObject({
    code: 'picture-unreadable',
    field: 'scan.tif',
    got: 'a TIFF',
  });
});

it('a file that is too long is not even opened', async () => {
  const long = { size: IMAGE_FILE_BYTES_MAX + 1, name: 'cat/long.png', arrayBuffer: () => expect.unreachable('opened') } as unknown as File;
  const { report } = await load([long, picture('cat/a.png', 1), picture('dog/b.png', 2)]);
  expect(found(report.findings, 'image-too-large')).toMatchObject({ expected: 'at most 32 MB', got: 'long.png: 33 MB' });
});

it('mixed sizes are fitted and reported; one size in the right proportions is not', async () => {
  const mixed = await load([picture('cat/a.png', 1), picture('dog/b.png', 2, 8, 8), picture('dog/c.png', 3, 9, 3)]);
  expect(found(mixed.report.findings, 'image-shape')).toMatchObject({
    action: 'read-as',
    count: 2,
    rows: [2, 3],
    got: 'b.png: 8 x 8',
    readAs: '4 x 4, whole',
  });
  const wide = await load([picture('cat/a.png', 1, 8, 4), picture('dog/b.png', 2, 8, 4)]);
  expect(found(wide.report.findings, 'image-shape')?.count).toBe(2);
  const even = await load([picture('cat/a.png', 1, 8, 8), picture('dog/b.png', 2, 8, 8)]);
  expect(faults(even.report.findings)).toEqual([]);
});

it('repeated pictures and rare classes are reported', async () => {
  const cats = Array.from({ length: 30 }, (_, i) => picture(`cat/${i}.png`, i === 29 ? 20 : i + 20));
  const { report } = await load([...cats, picture('dog/a.png', 1), picture('dog/b.png', 2), picture('dog/c.png', 3)]);
  expect(found(report.findings, 'duplicates')).toMatchObject({ action: 'kept', count: 1, rows: [30] });
  expect(found(report.findings, 'imbalance')).toMatchObject({ column: 'animal', got: "'3': 0" });
});

it('more pictures than the manifest allows are refused; a part is chosen by each file’s own name', async () => {
  const files = ['cat', 'dog'].flatMap((kind, k) =>
    Array.from({ length: 30 }, (_, i) => picture(`${kind}/${String(i).padStart(2, '0')}.png`, 20 + k * 100 + i)),
  );
  await expect(load(files, 10)).rejects.toMatchObject({ code: 'rows-too-many', detail: { field: 'pictures', got: '60' } });
  const { rows, report } = await load(files, 40, 1 / 2);
  const out = found(report.findings, 'rows-part');
  expect(out).toMatchObject({ action: 'left-out', expected: '1 in 2', got: '60' });
  expect(out!.count).toBe(60 - rows.y.length);
  const fewer = await load(files.slice(1), 40, 1 / 2);
  expect(rows.y.length - fewer.rows.y.length).toBeLessThanOrEqual(1);
});

it.each([
  ['an empty folder', [], { code: 'file-empty', field: 'pictures', got: 'no files' }],
  ['a folder of tables', [csv('a,b\n')], { code: 'file-empty', got: '1 files, none of them a picture' }],
  ['folders that are not classes', [picture('holiday/beach/a.png')], { code: 'label-unknown', field: 'animal', got: "folders 'beach'" }],
  ['loose files', [picture('a.png')], { code: 'label-unknown', got: 'pictures in no folder, and no CSV' }],
  ['only broken ones', [picture('cat/a.png', 13), picture('dog/b.png', 13)], { code: 'picture-unreadable', field: 'a.png' }],
  ['an unrelated CSV', [picture('a.png'), csv('colour,size\nred,7\n')], { code: 'column-missing', field: 'file', got: "'colour, size'" }],
  ['a CSV without labels', [picture('a.png'), csv('file,size\na.png,7\n')], { code: 'column-missing', field: 'animal' }],
  [
    'two CSVs',
    [picture('a.png'), csv('x'), csv('y', 'more.csv')],
    { code: 'field-invalid', field: 'pictures', got: 'labels.csv, more.csv' },
  ],
])('%s is refused by name', async (_, files, expected) => {
  expect(await refusal(load(files))).toMatchObject(expected);
});

it('pictures of one class are accepted, and reported', async () => {
  const { report } = await load([picture('cat/a.png'), picture('cat/b.png')]);
  expect(report.classCounts).toEqual([2, 0, 0]);
  expect(found(report.findings, 'one-class')).toMatchObject({ action: 'kept', column: 'animal', got: 'cat' });
});

it('a table of measurements takes no pictures', async () => {
  const table: TableTask = { kind: 'table', columns: [{ kind: 'number', name: 'x', min: 0, max: 1 }], label: TASK.label, picture: null };
  expect(await refusal(loadPictures([picture('cat/a.png')], table, 10, decode))).toMatchObject({
    code: 'field-invalid',
    expected: 'a table',
  });
});

it('drawings become rows as they are, and bad ones are refused by their number', async () => {
  const drawing = (shade: number, label: number) => ({ pixels: new Uint8Array(16).fill(shade), label });
  const { rows, report } = loadDrawings([drawing(0, 0), drawing(255, 2)], TASK, 10);
  expect([...rows.y]).toEqual([0, 2]);
  expect([rows.x[0], rows.x[16]]).toEqual([-1, 1]);
  expect(report).toMatchObject({ name: 'drawings', classCounts: [1, 0, 1] });
  const refused = (drawings: Parameters<typeof loadDrawings>[0], rowsMax = 10) =>
    refusal((async () => loadDrawings(drawings, TASK, rowsMax))());
  expect(await refused([drawing(1, 0), { pixels: new Uint8Array(15), label: 1 }])).toMatchObject({ code: 'wrong-length', row: 2 });
  expect(await refused([drawing(1, 3)])).toMatchObject({ code: 'label-unknown', row: 1, field: 'animal' });
  expect(loadDrawings([drawing(1, 0), drawing(2, 0)], TASK, 10).report.findings).toMatchObject([{ code: 'one-class', got: 'cat' }]);
  expect(await refused([])).toMatchObject({ code: 'rows-too-few' });
  expect(await refused([drawing(1, 0), drawing(2, 1)], 1)).toMatchObject({ code: 'rows-too-many' });
});

it('any CSV beside pictures is read, or refused with a code', async () => {
  const cell = fc.constantFrom(
    'a.png',
    'b.png',
    'cat',
    'dog',
    'file',
    'label',
    '',
    '"',
    ',',
    '\n',
    '\r\n',
    ';',
    'é',
    '\0',
    '#',
    '../../a.png',
    '0x3',
  );
  await fc.assert(
    fc.asyncProperty(fc.array(cell, { maxLength: 40 }), async (cells) => {
      const outcome = await load([
        picture('a.png', 1),
        picture('b.png', 2),
        fileOf('l.csv', new TextEncoder().encode(cells.join(''))),
      ]).catch(asMeshError);
      expect(outcome instanceof Error ? outcome.code : 'read').not.toBe('internal');
    }),
    { numRuns: 300 },
  );
});
