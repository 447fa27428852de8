/**
 * `npm run prove -- data --check`, without contacting any publisher: the table of public data is complete, a correct file is accepted, and
 * any other is refused and leaves nothing behind. Also reports which sets are on this machine, as published.
 */
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { verdict } from '../e2e/verdict.ts';
import { bring, stateOf } from './bring-data.ts';
import { placeOf } from './data-place.ts';
import { lines } from './data-shapes.ts';
import { LIMITS, sha256Of, type DownloadLimits } from './download.ts';
import { openLocalPublisher, ROWS, type LocalPublisher, type Reply } from './local-publisher.ts';
import { DATA_SETS, SET_NAMES, type DataSet } from './public-data.ts';

const REFUSED = ['wrong-byte', 'truncated', 'broken', 'oversized', 'endless', 'missing', 'circle', 'not-https', 'silent'] as const;
export const PATIENT: DownloadLimits = { ...LIMITS, plainLoopback: true, silenceMs: 500, totalMs: 5000 };
const SHA256 = /^[\da-f]{64}$/;

/** The parts that a set lacks: address, size or hashes; empty if complete. */
export function lacksOf(name: string, { title, licence, sources }: DataSet): string[] {
  const lacks: string[] = [];
  const need = (what: string, holds: boolean) => void (holds || lacks.push(`${name}: ${what}`));
  need('title and licence', title !== '' && licence !== '');
  need('a source', sources.length > 0);
  for (const { url, bytes, sha256, files } of sources) {
    need(`an https address, got ${url}`, URL.canParse(url) && new URL(url).protocol === 'https:');
    need(`a size of ${url}`, Number.isInteger(bytes) && bytes > 0);
    need(`a SHA-256 of ${url}`, SHA256.test(sha256));
    need(`a file of ${url}`, files.length > 0);
    for (const file of files) need(`a SHA-256 of ${file.name}`, SHA256.test(file.sha256) && (!file.also || SHA256.test(file.also.sha256)));
  }
  return lacks;
}

/** One file of the local publisher, shaped as published files are. */
export function localSet(publisher: LocalPublisher, reply: Reply): DataSet {
  const file = { name: 'rows.csv', shape: lines(1, Infinity), sha256: sha256Of(ROWS) };
  return { title: 'rows', licence: 'none', sources: [{ ...publisher.source(reply), files: [file] }] };
}

interface Tried {
  /** Why it was refused; null if it was accepted. */
  readonly refused: string | null;
  /** Files in the folder afterwards, with their content. */
  readonly left: Readonly<Record<string, string>>;
}

export async function tried(publisher: LocalPublisher, reply: Reply): Promise<Tried> {
  const folder = await mkdtemp(join(tmpdir(), 'mesh-data-'));
  try {
    const place = { folder: pathToFileURL(`${folder}/set/`), ours: true };
    const refused = await bring(localSet(publisher, reply), place, PATIENT).then(
      () => null,
      (error: unknown) => (error instanceof Error ? error.message : String(error)),
    );
    const names = await readdir(place.folder).catch(() => []);
    const left = await Promise.all(names.map(async (name) => [name, await readFile(new URL(name, place.folder), 'utf8')] as const));
    return { refused, left: Object.fromEntries(left) };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** For sets on this machine: whether each file matches its hash. */
async function here(): Promise<Record<string, string>> {
  const found: Record<string, string> = {};
  for (const name of SET_NAMES) {
    const { folder } = placeOf(name);
    const set: DataSet = DATA_SETS[name];
    const states = await Promise.all(set.sources.flatMap(({ files }) => files.map((file) => stateOf(file, folder))));
    found[name] = states.every((state) => state === 'right')
      ? 'as published'
      : states.every((state) => state === 'absent')
        ? 'absent'
        : 'wrong';
  }
  return found;
}

export async function checkData(): Promise<void> {
  const lacks = SET_NAMES.flatMap((name) => lacksOf(name, DATA_SETS[name]));
  const publisher = await openLocalPublisher();
  const taken: string[] = [];
  const refused: string[] = [];
  try {
    for (const reply of ['right', 'moved'] as const) {
      const { refused: why, left } = await tried(publisher, reply);
      if (why === null && left['rows.csv'] === ROWS.toString() && Object.keys(left).length === 1) taken.push(reply);
      else process.stdout.write(`${reply}: ${why ?? 'another file'}\n`);
    }
    for (const reply of REFUSED) {
      const { refused: why, left } = await tried(publisher, reply);
      process.stdout.write(`${reply}: ${why ?? 'taken'}\n`);
      if (why !== null && Object.keys(left).length === 0) refused.push(reply);
    }
  } finally {
    await publisher.close();
  }
  const files = SET_NAMES.flatMap((name) => DATA_SETS[name].sources.flatMap((source) => source.files.map((file) => file.name)));
  const found = await here();
  const pass = lacks.length === 0 && taken.length === 2 && refused.length === REFUSED.length && !Object.values(found).includes('wrong');
  verdict(
    'data',
    pass,
    { sets: SET_NAMES.length, files: files.length, lacks, taken, refused, here: found },
    { lacks: [], taken: 'a right file, also after a redirect', refused: [...REFUSED], here: 'nothing wrong' },
  );
}
