/** Pictures of lines that are their own labels, made without a picture library, and a federation that tells them apart. */
import { crc32, deflateSync } from 'node:zlib';
import type { ManifestBody } from '#protocol/manifest/manifest';
import type { ImageTask } from '#protocol/manifest/task';
import { publishChanged } from './publish.ts';

export const SIDE = 16;
const LINES: ImageTask = {
  kind: 'image',
  width: SIDE,
  height: SIDE,
  colour: 'grey',
  background: 'dark',
  label: { name: 'line', classes: ['upright', 'lying'] },
};

/** Grey, 8 bits, no filter (W3C PNG, third edition). */
function png(width: number, height: number, grey: Grey): Buffer {
  const chunk = (name: string, data: Buffer) => {
    const body = Buffer.concat([Buffer.from(name, 'latin1'), data]);
    const [length, check] = [Buffer.alloc(4), Buffer.alloc(4)];
    length.writeUInt32BE(data.length);
    check.writeUInt32BE(crc32(body));
    return Buffer.concat([length, body, check]);
  };
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  header.set([8, 0, 0, 0, 0], 8);
  const lines = Array.from({ length: height }, (_, y) => Buffer.from([0, ...Array.from({ length: width }, (__, x) => grey(x, y))]));
  const signature = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);
  return Buffer.concat([
    signature,
    chunk('IHDR', header),
    chunk('IDAT', deflateSync(Buffer.concat(lines))),
    chunk('IEND', Buffer.alloc(0)),
  ]);
}

type Grey = (x: number, y: number) => number;
export const uprightGrey =
  (at: number, thick: number): Grey =>
  (x) =>
    x >= at && x < at + thick ? 255 : 0;
export const lyingGrey =
  (at: number, thick: number): Grey =>
  (_, y) =>
    y >= at && y < at + thick ? 255 : 0;
/** The picture that such a function gives, as a model is shown it: row by row. */
export const pixelsOf = (grey: Grey): Uint8Array<ArrayBuffer> =>
  Uint8Array.from({ length: SIDE * SIDE }, (_, i) => grey(i % SIDE, Math.floor(i / SIDE)));

/** Lines of any thickness and place: upright ones, or lying ones. */
export const upright = (at: number, thick: number) => png(SIDE, SIDE, uprightGrey(at, thick));
export const lying = (at: number, thick: number) => png(SIDE, SIDE, lyingGrey(at, thick));

/** The built-in digits with pictures of lines instead. @returns its id */
export async function publishLinePictures(
  relay: string,
  rounds: number,
  change: { readonly name?: string; readonly model?: ManifestBody['model']; readonly rounds?: Partial<ManifestBody['rounds']> } = {},
): Promise<string> {
  return publishChanged(relay, rounds, (base) => ({
    name: change.name ?? 'Lines',
    task: LINES,
    model: change.model ?? { kind: 'mlp', hidden: [], activation: 'tanh', seed: base.model.seed },
    rounds: { ...base.rounds, joinWindowMs: 200, ...change.rounds },
    testSet: null,
  }));
}
