/** Files that people mistake for text tables, or that carry such an extension: recognised by their first bytes and refused by name. */
import { MeshError } from '#protocol/errors';

const SNIFFED_CHARS = 512;
const EXPECTED = 'a table as plain text';

/** First bytes of each format (from its specification; most are in file(1)'s magic). */
const BINARY: readonly (readonly [start: readonly number[], name: string])[] = [
  [[0x50, 0x4b, 0x03, 0x04], 'a workbook (xlsx, ods) or another ZIP archive'],
  [[0xd0, 0xcf, 0x11, 0xe0, 0xa1, 0xb1, 0x1a, 0xe1], 'an old Excel workbook (xls)'],
  [[0x25, 0x50, 0x44, 0x46, 0x2d], 'a PDF'],
  [[0x50, 0x41, 0x52, 0x31], 'a Parquet file'],
  [[0x41, 0x52, 0x52, 0x4f, 0x57, 0x31], 'an Arrow file'],
  [[0x1f, 0x8b], 'a compressed file (gzip)'],
  [[0x53, 0x51, 0x4c, 0x69, 0x74, 0x65, 0x20, 0x66, 0x6f, 0x72], 'an SQLite database'],
  [[0x89, 0x48, 0x44, 0x46], 'an HDF5 file'],
  [[0x89, 0x50, 0x4e, 0x47], 'a picture (PNG)'],
  [[0xff, 0xd8, 0xff], 'a picture (JPEG)'],
];

const TEXT: readonly (readonly [start: RegExp, name: string])[] = [
  [/^<(!doctype\s+html|html|head|body|table|div|meta|script)\b/i, 'a web page (HTML)'],
  [/^<(\?xml|svg|!--)/i, 'an XML or HTML file'],
  [/^(\{\s*"|\[\s*[{["]|\{\s*\}|\[\s*\])/, 'a JSON file'],
];

/** @throws MeshError file-binary */
export function refuseOtherBytes(start: Uint8Array): void {
  for (const [magic, name] of BINARY) if (magic.every((byte, i) => start[i] === byte)) refuse(name);
}

/** @param start UTF-8 @throws MeshError file-binary */
export function refuseOtherText(start: Uint8Array): void {
  const text = new TextDecoder().decode(start.subarray(0, SNIFFED_CHARS)).trimStart();
  for (const [form, name] of TEXT) if (form.test(text)) refuse(name);
}

function refuse(got: string): never {
  throw new MeshError('file-binary', { expected: EXPECTED, got });
}
