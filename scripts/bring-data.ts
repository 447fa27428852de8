/**
 * Fetches one public data set: correct files stay; missing or wrong ones are fetched, checked, shaped, checked again, and only then put in
 * place, whole. A failure leaves nothing behind.
 */
import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import type { Place } from './data-place.ts';
import { unpacked } from './data-shapes.ts';
import { download, LIMITS, sha256Of, type DownloadLimits } from './download.ts';
import type { DataFile, DataSet } from './public-data.ts';

/** The content that a file's hash covers: unpacked. Null if it is not packed although its name says so. */
function contentHash(name: string, bytes: Buffer): string | null {
  if (!name.endsWith('.gz')) return sha256Of(bytes);
  try {
    return sha256Of(unpacked(bytes));
  } catch {
    return null;
  }
}

export type FileState = 'right' | 'wrong' | 'absent';

export async function stateOf(file: DataFile, folder: URL): Promise<FileState> {
  const bytes = await readFile(new URL(file.name, folder)).catch(() => null);
  if (bytes === null) return 'absent';
  const got = contentHash(file.name, bytes);
  return got === file.sha256 || (got !== null && file.also?.sha256 === got) ? 'right' : 'wrong';
}

/**
 * @returns how many files were fetched, and how many were already there
 * @throws NoConnection, or an Error that names what differs
 */
export async function bring(
  set: DataSet,
  { folder, ours }: Place,
  limits: DownloadLimits = LIMITS,
): Promise<{ fetched: number; there: number }> {
  const count = { fetched: 0, there: 0 };
  for (const source of set.sources) {
    const states = await Promise.all(source.files.map((file) => stateOf(file, folder)));
    const lacking = source.files.filter((_, i) => states[i] !== 'right');
    count.there += source.files.length - lacking.length;
    if (lacking.length === 0) continue;
    if (!ours) {
      const path = fileURLToPath(new URL(lacking[0]!.name, folder));
      const got = states.includes('wrong') ? 'other bytes' : 'no file';
      throw new Error(`${path}: expected what is published, got ${got}; put it right, or take its folder away`);
    }
    const published = await download(source, limits);
    const made = lacking.map((file) => ({ file, bytes: shaped(file, published, source.url) }));
    await mkdir(folder, { recursive: true });
    for (const { file, bytes } of made) await put(new URL(file.name, folder), bytes);
    count.fetched += made.length;
  }
  return count;
}

function shaped(file: DataFile, published: Buffer, url: string): Buffer {
  const bytes = file.shape(published);
  const got = contentHash(file.name, bytes);
  if (got !== file.sha256) throw new Error(`${file.name}, made of ${url}: expected SHA-256 ${file.sha256}, got ${got}`);
  return bytes;
}

/** Concurrent readers find all of it or nothing. */
async function put(target: URL, bytes: Buffer): Promise<void> {
  const part = new URL(`${target.href}.${process.pid}.part`);
  try {
    await writeFile(part, bytes);
    await rename(part, target);
  } catch (error) {
    await rm(part, { force: true });
    throw error;
  }
}
