/** How a published file becomes the file that commands read: unchanged, some of its lines, or the first records of a packed IDX file. */
import { gunzipSync, gzipSync } from 'node:zlib';

/** Converts the publisher's bytes, already checked by their SHA-256, to the file's. */
export type Shape = (published: Buffer) => Buffer;

/** Maximum unpacked size: MNIST's training pictures are 47 MB. */
const UNPACKED_BYTES_MAX = 64 * 2 ** 20;
const NEWLINE = 0x0a;

export const asPublished: Shape = (published) => published;

/** A range of lines, counted from 0, after a given first line. */
export function lines(from: number, to: number, before = ''): Shape {
  return (published) => Buffer.concat([Buffer.from(before), published.subarray(startOfLine(published, from), startOfLine(published, to))]);
}

function startOfLine(bytes: Buffer, line: number): number {
  let at = 0;
  for (let passed = 0; passed < line && at < bytes.length; passed++) {
    const end = bytes.indexOf(NEWLINE, at);
    at = end === -1 ? bytes.length : end + 1;
  }
  return at;
}

/** The first records of a packed IDX file: two zero bytes, a type, the number of sizes, the sizes, then records of bytes. */
export function firstRecords(count: number): Shape {
  return (published) => {
    const whole = unpacked(published);
    const sizes = Array.from({ length: whole[3]! }, (_, i) => whole.readUInt32BE(4 + 4 * i));
    const header = 4 + 4 * sizes.length;
    const record = sizes.slice(1).reduce((a, b) => a * b, 1);
    if (whole.length < header + count * record) throw new Error(`records: expected ${count} or more, got ${sizes[0]}`);
    const first = Buffer.from(whole.subarray(0, header + count * record));
    first.writeUInt32BE(count, 4);
    return gzipSync(first);
  };
}

export function unpacked(packed: Buffer): Buffer {
  return gunzipSync(packed, { maxOutputLength: UNPACKED_BYTES_MAX });
}
