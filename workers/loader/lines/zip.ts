/**
 * Files of a zip archive (PKWARE APPNOTE 6.3.10, sections 4.3 and 4.4): stored and deflated entries, unpacked by the platform. The sizes
 * that an archive claims are checked before anything is unpacked, and an entry longer than it claims is refused.
 */
import { MeshError } from '#protocol/errors';
import { DATA_FILE_BYTES_MAX, IMAGE_FILES_MAX } from '#protocol/limits';

const [LOCAL, CENTRAL, END] = [0x04034b50, 0x02014b50, 0x06054b50];
const END_BYTES = 22;
/** A comment may follow the end record. */
const COMMENT_BYTES_MAX = 65_535;
/** Size limit of the central directory. */
const LIST_BYTES_MAX = 16 * 1024 * 1024;
const [STORED, DEFLATED] = [0, 8];
const [ENCRYPTED, UTF8] = [0x1, 0x800];

/** What may still be unpacked. */
export interface ZipRoom {
  bytes: number;
  files: number;
}

export const zipRoom = (): ZipRoom => ({ bytes: DATA_FILE_BYTES_MAX, files: IMAGE_FILES_MAX });

/** Whether a file begins like an archive with entries. */
export async function isZip(file: Blob): Promise<boolean> {
  const start = new DataView(await file.slice(0, 4).arrayBuffer());
  return start.byteLength === 4 && start.getUint32(0, true) === LOCAL;
}

/**
 * @param folder to put the entries in; empty for none
 * @param room left for all archives together; reduced by what is unpacked
 * @throws MeshError file-binary for a damaged archive or unsupported entries; file-too-large, rows-too-many
 */
export async function filesOfZip(zip: Blob, folder: string, room: ZipRoom = zipRoom()): Promise<File[]> {
  const broken = (got: string, cause?: unknown) =>
    new MeshError('file-binary', { field: folder, expected: 'a zip archive of plain files', got }, cause);
  const view = async (from: number, to: number) => new DataView(await zip.slice(from, to).arrayBuffer());
  try {
    const entries = await entriesOf(zip, view, broken, room);
    const files: File[] = [];
    for (const entry of entries) {
      const local = await view(entry.at, entry.at + 30);
      if (local.getUint32(0, true) !== LOCAL) throw broken('a damaged entry');
      const from = entry.at + 30 + local.getUint16(26, true) + local.getUint16(28, true);
      const packed = zip.slice(from, from + entry.packed);
      const bytes = entry.method === STORED ? packed : await inflated(packed, entry.bytes, broken);
      if ((bytes instanceof Blob ? bytes.size : bytes.length) !== entry.bytes) throw broken('a damaged entry');
      files.push(new File([bytes], folder === '' ? entry.name : `${folder}/${entry.name}`));
    }
    return files;
  } catch (error) {
    if (error instanceof RangeError) throw broken('a damaged archive', error); // a read past the end
    throw error;
  }
}

type Broken = (got: string, cause?: unknown) => MeshError;
type Read = (from: number, to: number) => Promise<DataView>;

async function entriesOf(zip: Blob, view: Read, broken: Broken, room: ZipRoom) {
  const from = Math.max(0, zip.size - END_BYTES - COMMENT_BYTES_MAX);
  const tail = await view(from, zip.size);
  let end = tail.byteLength - END_BYTES;
  while (end >= 0 && tail.getUint32(end, true) !== END) end--;
  if (end < 0) throw broken('an archive without an end');
  const [count, listBytes, listAt] = [tail.getUint16(end + 10, true), tail.getUint32(end + 12, true), tail.getUint32(end + 16, true)];
  if (count === 0xffff || listAt === 0xffffffff) throw broken('a ZIP64 archive');
  if (count > room.files) {
    throw new MeshError('rows-too-many', { field: 'files', expected: `at most ${IMAGE_FILES_MAX} files`, got: String(count) });
  }
  if (listBytes > LIST_BYTES_MAX) throw broken('a list of files that is too long');
  const list = await view(listAt, listAt + listBytes);
  const entries: { name: string; at: number; packed: number; bytes: number; method: number }[] = [];
  for (let at = 0, left = count; left > 0; left--) {
    if (list.getUint32(at, true) !== CENTRAL) throw broken('a damaged list of files');
    const [flags, method] = [list.getUint16(at + 8, true), list.getUint16(at + 10, true)];
    const [packed, bytes] = [list.getUint32(at + 20, true), list.getUint32(at + 24, true)];
    const [nameBytes, extra, note] = [28, 30, 32].map((place) => list.getUint16(at + place, true)) as [number, number, number];
    const written = new Uint8Array(list.buffer, at + 46, nameBytes);
    const name = new TextDecoder((flags & UTF8) === 0 ? 'windows-1252' : 'utf-8').decode(written);
    at += 46 + nameBytes + extra + note;
    if (/[/\\]$/.test(name)) continue;
    if ((flags & ENCRYPTED) !== 0) throw broken('an archive with a password');
    if (method !== STORED && method !== DEFLATED) throw broken('an unsupported compression');
    room.bytes -= bytes;
    room.files--;
    if (room.bytes < 0) {
      throw new MeshError('file-too-large', { expected: `at most ${DATA_FILE_BYTES_MAX / 2 ** 20} MB unpacked`, got: 'more' });
    }
    entries.push({ name, at: list.getUint32(at - 46 - nameBytes - extra - note + 42, true), packed, bytes, method });
  }
  return entries;
}

/** @throws MeshError as soon as the entry is longer than it claims */
async function inflated(packed: Blob, claimed: number, broken: Broken): Promise<Uint8Array<ArrayBuffer>> {
  const out = new Uint8Array(claimed);
  let at = 0;
  const reader = packed.stream().pipeThrough(new DecompressionStream('deflate-raw')).getReader();
  try {
    for (;;) {
      const { value, done } = await reader.read();
      if (done) break;
      if (at + value.length > claimed) throw broken('an entry longer than it claims');
      out.set(value, at);
      at += value.length;
    }
  } catch (cause) {
    await reader.cancel().catch(() => {});
    throw cause instanceof MeshError ? cause : broken('a damaged entry', cause);
  }
  if (at !== claimed) throw broken('an entry shorter than it claims');
  return out;
}
