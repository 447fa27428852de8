/** Picture files through the real trainer thread: decoded by the browser, and encoded as the federation's rows. */
import * as Comlink from 'comlink';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { hashBytes } from '#protocol/codec';
import type { ManifestBody } from '#protocol/manifest/manifest';
import type { ImageTask } from '#protocol/manifest/task';
import type { Result, DataReport, Finding } from '../../api.ts';
import { readKeptRows } from '../../rows/kept-rows.ts';
import { manifestFixture } from '../../manifest.fixture.ts';
import type { TrainerEndpoint } from '../../rows/trainer-endpoint.ts';
import type { TrainingRows } from '../../training-rows.ts';
import { be, gif, png } from '../picture-files.fixture.ts';

const TASK: ImageTask = {
  kind: 'image',
  width: 6,
  height: 4,
  colour: 'grey',
  background: 'dark',
  label: { name: 'shape', classes: ['bar', 'dot', 'none'] },
};
const FED = hashBytes(new TextEncoder().encode('images.browser.test'));
const MANIFEST: ManifestBody = { ...manifestFixture(), task: TASK };

let thread: Worker;
let trainer: Comlink.Remote<TrainerEndpoint>;

beforeEach(async () => {
  thread = new Worker(new URL('../../trainer.worker.ts', import.meta.url), { type: 'module' });
  trainer = Comlink.wrap<TrainerEndpoint>(thread);
  value(await trainer.open(MANIFEST));
});
afterEach(() => thread.terminate());

function value<T>(answer: Result<T>): T {
  if (!answer.ok) throw new Error(`expected an answer, got ${answer.error.code} ${JSON.stringify(answer.error.detail)}`);
  return answer.value;
}

/** A picture of white boxes [x, y, width, height] on black. */
async function drawn(
  path: string,
  width: number,
  height: number,
  boxes: readonly (readonly [number, number, number, number])[],
  type = 'image/png',
) {
  const canvas = new OffscreenCanvas(width, height);
  const context = canvas.getContext('2d')!;
  context.fillRect(0, 0, width, height);
  context.fillStyle = '#fff';
  for (const box of boxes) context.fillRect(...box);
  return named(path, await canvas.convertToBlob({ type, quality: 0.95 }));
}
const named = (path: string, blob: BlobPart) => new File([blob], path);
const bar = (path: string, scale = 1) => drawn(path, 6 * scale, 4 * scale, [[scale, 0, scale, 4 * scale]]);
const dot = (path: string, scale = 1) => drawn(path, 6 * scale, 4 * scale, [[3 * scale, 2 * scale, scale, scale]]);

/** The trainer's rows, read from its store, because it returns them to nobody. */
async function heldRows(): Promise<TrainingRows> {
  value(await trainer.keep(FED));
  const { rows } = (await readKeptRows(FED))!;
  value(await trainer.forget(FED));
  return rows;
}

async function load(pictures: readonly File[]): Promise<{ report: DataReport; x: number[][]; y: number[] }> {
  const { report } = value(await trainer.load({ pictures }));
  const rows = await heldRows();
  const x = Array.from({ length: rows.y.length }, (_, i) => [...rows.x.subarray(i * 24, (i + 1) * 24)]);
  return { report, x, y: [...rows.y] };
}
const found = (report: DataReport, code: Finding['code']) => report.findings.find((finding) => finding.code === code);
const BAR = [0, 2, 0, 0, 0, 0].concat([0, 2, 0, 0, 0, 0], [0, 2, 0, 0, 0, 0], [0, 2, 0, 0, 0, 0]);
const expectNear = (row: readonly number[], expected: readonly number[], by: number) =>
  expect(Math.max(...row.map((v, i) => Math.abs(v - expected[i]!))), row.join(' ')).toBeLessThan(by);

describe('pictures in the trainer’s thread', () => {
  it('a folder of classes becomes rows: PNG exactly, photographs of any size nearly', async () => {
    const { report, x, y } = await load([
      await bar('shapes/bar/1.png'),
      await dot('shapes/dot/1.png'),
      await bar('shapes/Bar/large.png', 300),
      await drawn('shapes/bar/photo.jpg', 60, 40, [[10, 0, 10, 40]], 'image/jpeg'),
      await drawn('shapes/bar/picture.webp', 60, 40, [[10, 0, 10, 40]], 'image/webp'),
      await drawn('shapes/none/1.png', 6, 4, []),
    ]);
    expect(report).toMatchObject({ name: 'shapes', rows: 6, classCounts: [4, 1, 1], synthetic: false });
    expect(y).toEqual([0, 1, 0, 0, 0, 2]);
    expect(x[0]).toEqual(BAR);
    expect(x[1]).toEqual(BAR.map((_, i) => (i === 15 ? 2 : 0)));
    for (const row of x.slice(2, 5)) expectNear(row, BAR, 0.1);
    expect(value(await trainer.makeUpdate(new Float32Array(24 * 5 + 5 + 5 * 3 + 3))).length).toBe(4 * 143);
  });

  it('odd files are named: a corrupt PNG, truncated ones, an animated GIF, a claim of 12,000 pixels, mixed sizes', async () => {
    const whole = new Uint8Array(await (await bar('', 40)).arrayBuffer());
    const corrupt = whole.map((byte, i) => (i > 45 && i < whole.length - 16 ? byte ^ 0x5a : byte));
    const photo = new Uint8Array(await (await drawn('', 60, 40, [[10, 0, 10, 40]], 'image/jpeg')).arrayBuffer());
    const huge = png(12_000, 12_000);
    const { report, y } = await load([
      await bar('bar/good.png'),
      await dot('dot/good.png'),
      named('bar/corrupt.png', corrupt),
      named('bar/cut.png', whole.slice(0, 30)),
      named('dot/moving.gif', gif(6, 4, 3)),
      named('dot/huge.png', huge),
      await dot('dot/large.png', 7),
      named('bar/words.png', 'no picture at all'),
      named('bar/half.png', whole.slice(0, whole.length / 2)),
      named('bar/half.jpg', photo.slice(0, photo.length * 0.7)),
    ]);
    expect(y).toEqual([0, 1, 1, 1]);
    expect(found(report, 'image-unreadable')).toMatchObject({
      action: 'left-out',
      count: 5,
      rows: [3, 4, 8, 9, 10],
      got: 'corrupt.png: a damaged PNG',
    });
    expect(found(report, 'image-too-large')).toMatchObject({ count: 1, rows: [6], got: 'huge.png: 12000 x 12000 pixels' });
    expect(found(report, 'image-animated')).toMatchObject({ count: 1, rows: [5], readAs: 'its first frame' });
    expect(found(report, 'image-shape')).toMatchObject({ count: 1, rows: [7], readAs: '6 x 4, whole' });
  });

  it('an empty folder, and folders that are not classes, are refused by name', async () => {
    expect(await trainer.load({ pictures: [] })).toMatchObject({ ok: false, error: { code: 'file-empty', detail: { got: 'no files' } } });
    const answer = await trainer.load({ pictures: [await bar('holiday/1.png')] });
    expect(answer).toMatchObject({ ok: false, error: { code: 'label-unknown', detail: { field: 'shape', got: "folders 'holiday'" } } });
  });

  it('loose files take their labels from the CSV beside them', async () => {
    const labels = named('labels.csv', 'shape,picture\nbar,a.png\ndot,b.png\n');
    const { report, x, y } = await load([await bar('a.png'), labels, await dot('b.png')]);
    expect(y).toEqual([0, 1]);
    expect(x[0]).toEqual(BAR);
    expect(report.name).toBe('labels.csv');
  });

  it('a rotated photo is turned upright, and a large photograph keeps its proportions', async () => {
    // Stored on its side, 800 x 1200 with the bar across; EXIF asks for a quarter turn.
    const stored = await drawn('', 800, 1200, [[0, 200, 800, 200]], 'image/jpeg');
    const turned = withOrientation(new Uint8Array(await stored.arrayBuffer()), 8);
    const { x, report } = await load([named('bar/turned.jpg', turned), await dot('dot/1.png')]);
    expectNear(x[0]!, BAR, 0.15);
    expect(found(report, 'image-unreadable')).toBeUndefined();
  });

  it('a scan, dark on light paper, gives the rows of its negative; so does ink on transparency', async () => {
    const canvas = new OffscreenCanvas(60, 40);
    const context = canvas.getContext('2d')!;
    context.fillStyle = '#e8e4da';
    context.fillRect(0, 0, 60, 40);
    context.fillStyle = '#2a2a50';
    context.fillRect(10, 0, 10, 40);
    const scan = named('bar/scan.png', await canvas.convertToBlob());
    context.clearRect(0, 0, 60, 40);
    context.fillRect(10, 0, 10, 40);
    const ink = named('bar/ink.png', await canvas.convertToBlob());
    const { x } = await load([scan, ink, await dot('dot/1.png')]);
    expectNear(x[0]!, BAR, 0.05);
    expectNear(x[1]!, BAR, 0.3);
  });

  it('colours are three inputs per pixel', async () => {
    value(await trainer.open({ ...MANIFEST, task: { ...TASK, width: 4, height: 4, colour: 'rgb', background: 'none' } }));
    const canvas = new OffscreenCanvas(4, 4);
    const context = canvas.getContext('2d')!;
    const filled = async (colour: string, path: string) => {
      context.fillStyle = colour;
      context.fillRect(0, 0, 4, 4);
      return named(path, await canvas.convertToBlob());
    };
    value(await trainer.load({ pictures: [await filled('#ff0000', 'bar/r.png'), await filled('#0000ff', 'dot/b.png')] }));
    const rows = await heldRows();
    expect([...rows.x.subarray(0, 3)]).toEqual([1, -1, -1]);
    expect([...rows.x.subarray(48, 51)]).toEqual([-1, -1, 1]);
  });

  it('drawings become rows as they are', async () => {
    const pixels = Uint8Array.from(BAR, (v) => v * 127.5);
    const { report } = value(
      await trainer.load({
        drawings: [
          { pixels, label: 0 },
          { pixels: new Uint8Array(24).fill(9), label: 1 },
        ],
      }),
    );
    expect(report).toMatchObject({ name: 'drawings', rows: 2 });
    expect([...(await heldRows()).x.subarray(0, 24)]).toEqual(BAR);
  });
});

/** A JPEG with an EXIF segment that has only an orientation (TIFF tag 0x0112). */
function withOrientation(jpeg: Uint8Array, orientation: number): Uint8Array<ArrayBuffer> {
  const tiff = [
    0x4d,
    0x4d,
    0,
    42,
    ...be(4, 8),
    ...be(2, 1),
    ...be(2, 0x0112),
    ...be(2, 3),
    ...be(4, 1),
    ...be(2, orientation),
    0,
    0,
    ...be(4, 0),
  ];
  const exif = [0x45, 0x78, 0x69, 0x66, 0, 0, ...tiff];
  return Uint8Array.from([0xff, 0xd8, 0xff, 0xe1, ...be(2, exif.length + 2), ...exif, ...jpeg.subarray(2)]);
}
