/** Files of a zip archive (PKWARE APPNOTE 4.3, stored and deflated entries), for tests of Node that read data as it was published. */
import { inflateRawSync } from 'node:zlib';

const [CENTRAL, END] = [0x02014b50, 0x06054b50];

export function filesOfZip(zip: Buffer): File[] {
  let end = zip.length - 22;
  while (zip.readUInt32LE(end) !== END) end--;
  const files: File[] = [];
  let at = zip.readUInt32LE(end + 16);
  for (let left = zip.readUInt16LE(end + 10); left > 0; left--) {
    if (zip.readUInt32LE(at) !== CENTRAL) throw new Error(`no entry at ${at}`);
    const [method, bytes] = [zip.readUInt16LE(at + 10), zip.readUInt32LE(at + 20)];
    const [nameBytes, extraBytes, noteBytes] = [28, 30, 32].map((place) => zip.readUInt16LE(at + place));
    const name = zip.toString('utf8', at + 46, at + 46 + nameBytes!);
    const local = zip.readUInt32LE(at + 42);
    const from = local + 30 + zip.readUInt16LE(local + 26) + zip.readUInt16LE(local + 28);
    const packed = zip.subarray(from, from + bytes);
    if (!name.endsWith('/')) files.push(new File([method === 0 ? packed : inflateRawSync(packed)] as BlobPart[], name));
    at += 46 + nameBytes! + extraBytes! + noteBytes!;
  }
  return files;
}
