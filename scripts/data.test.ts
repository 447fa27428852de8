/** `npm run data` accepts correct files, refuses all others and leaves nothing of them; commands without their data say what to do. */
import { spawnSync } from 'node:child_process';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { bring, stateOf } from './bring-data.ts';
import { COMMANDS, type Command } from './commands.ts';
import { lacksOf, localSet, PATIENT, tried } from './data-check.ts';
import { lackOf, placeOf, skippedWithout } from './data-place.ts';
import { firstRecords, lines, unpacked } from './data-shapes.ts';
import { download, LIMITS, sha256Of } from './download.ts';
import { openLocalPublisher, PUBLISHED, ROWS, type LocalPublisher } from './local-publisher.ts';
import { DATA_SETS, SET_NAMES, type DataSet, type SetName } from './public-data.ts';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
let publisher: LocalPublisher;
let folder: string;
const place = (name: string) => ({ folder: pathToFileURL(`${folder}/${name}/`), ours: true });

beforeAll(async () => {
  publisher = await openLocalPublisher();
  folder = await mkdtemp(join(tmpdir(), 'mesh-data-'));
});
afterAll(async () => {
  await publisher.close();
  await rm(folder, { recursive: true, force: true });
});

describe('a file of a publisher', () => {
  test.each(['right', 'moved'] as const)('is taken when every byte is right: %s', async (reply) => {
    expect(await tried(publisher, reply)).toEqual({ refused: null, left: { 'rows.csv': ROWS.toString() } });
  });

  test.each([
    ['wrong-byte', /expected SHA-256 [\da-f]{64}, got [\da-f]{64}/],
    ['truncated', /expected 23 bytes, got 9/],
    ['broken', /expected 23 bytes, got a broken connection/],
    ['oversized', /expected 23 bytes, got more/],
    ['endless', /expected 23 bytes, got more/],
    ['missing', /expected status 200, got 404/],
    ['circle', /expected at most 3 redirects, got one more/],
    ['not-https', /expected https, got http/],
    ['silent', /expected a byte every 500 ms, got silence/],
  ] as const)('is refused and leaves nothing: %s', async (reply, why) => {
    const { refused, left } = await tried(publisher, reply);
    expect(refused).toMatch(why);
    expect(refused).toContain(`/${reply}`);
    expect(left).toEqual({});
  });

  test('comes over https alone, but for a test on this machine', async () => {
    await expect(download(publisher.source('right'), LIMITS)).rejects.toThrow(/expected https, got http/);
    const elsewhere = { ...publisher.source('right'), url: 'http://publisher.invalid/right' };
    await expect(download(elsewhere, PATIENT)).rejects.toThrow(/expected https, got http/);
  });

  test('without a network is one sentence that says what to do', async () => {
    const closed = createServer().listen(0, '127.0.0.1');
    await new Promise((resolve) => closed.once('listening', resolve));
    const { port } = closed.address() as { port: number };
    await new Promise((resolve) => closed.close(resolve));
    const gone = { ...publisher.source('right'), url: `http://127.0.0.1:${port}/right` };
    await expect(download(gone, PATIENT)).rejects.toThrow(
      /^No connection to 127\.0\.0\.1:\d+ \(ECONNREFUSED\): connect this machine to the internet, then run `npm run data` again\.$/,
    );
  });

  test('that is not what its shape promises is refused', async () => {
    const set = localSet(publisher, 'right');
    const [source] = set.sources;
    const shaped = { ...set, sources: [{ ...source!, files: [{ ...source!.files[0]!, shape: lines(2, Infinity) }] }] };
    await expect(bring(shaped, place('shape'), PATIENT)).rejects.toThrow(/rows\.csv, made of .*: expected SHA-256/);
    await expect(readdir(place('shape').folder)).rejects.toThrow(/ENOENT/);
  });

  test('is fetched once; one that was changed is fetched again, but never in a folder that is not ours', async () => {
    const at = place('again');
    const set = localSet(publisher, 'right');
    expect(await bring(set, at, PATIENT)).toEqual({ fetched: 1, there: 0 });
    // A present file needs no request: this address would give a wrong answer.
    expect(await bring(localSet(publisher, 'missing'), at, PATIENT)).toEqual({ fetched: 0, there: 1 });
    await writeFile(new URL('rows.csv', at.folder), 'other');
    await expect(bring(set, { ...at, ours: false }, PATIENT)).rejects.toThrow(/rows\.csv: expected what is published, got other bytes/);
    await expect(bring(set, { ...place('none'), ours: false }, PATIENT)).rejects.toThrow(/got no file/);
    expect(await bring(set, at, PATIENT)).toEqual({ fetched: 1, there: 0 });
    expect(await readFile(new URL('rows.csv', at.folder))).toEqual(ROWS);
  });
});

describe('shapes', () => {
  test('lines, with one before them', () => {
    expect(lines(0, 1)(PUBLISHED).toString()).toBe('# a header\n');
    expect(lines(1, 2, '# mine\n')(PUBLISHED).toString()).toBe('# mine\n1,2,3\n');
    expect(lines(2, Infinity)(Buffer.from('a\nb\nlast'))).toEqual(Buffer.from('last'));
    expect(lines(9, 10)(PUBLISHED)).toHaveLength(0);
  });

  test('the first records of a packed IDX file', () => {
    const idx = (count: number, ...sizes: number[]) => {
      const header = Buffer.alloc(8 + 4 * sizes.length);
      header.set([0, 0, 8, sizes.length + 1]);
      for (const [i, size] of [count, ...sizes].entries()) header.writeUInt32BE(size, 4 + 4 * i);
      const record = sizes.reduce((a, b) => a * b, 1);
      return Buffer.concat([header, Buffer.from(Array.from({ length: count * record }, (_, i) => i % 251))]);
    };
    expect(unpacked(firstRecords(2)(gzipSync(idx(5, 2, 3))))).toEqual(idx(2, 2, 3));
    expect(unpacked(firstRecords(3)(gzipSync(idx(9))))).toEqual(idx(3));
    expect(() => firstRecords(6)(gzipSync(idx(5, 2, 3)))).toThrow(/expected 6 or more, got 5/);
  });
});

describe('the table of public data', () => {
  test.each(SET_NAMES)('%s has its addresses, sizes and hashes', (name) => {
    expect(lacksOf(name, DATA_SETS[name])).toEqual([]);
  });

  test('would be found to lack something', () => {
    const set = localSet(publisher, 'right');
    expect(lacksOf('set', set)).toEqual([expect.stringContaining('an https address, got http://127.0.0.1')]);
    const [source] = set.sources;
    expect(lacksOf('set', { ...set, sources: [{ ...source!, url: 'https://a/b', sha256: 'none', bytes: 0, files: [] }] })).toHaveLength(3);
    expect(lacksOf('set', { ...set, sources: [] })).toEqual(['set: a source']);
  });

  /** The published content, rebuilt from the files that commands read. */
  const AGAIN: Partial<Record<SetName, Readonly<Record<string, readonly (readonly [file: string, shape: (bytes: Buffer) => Buffer])[]>>>> =
    {
      optdigits: {
        'optdigits.tra': [
          ['optdigits.tra', lines(1, Infinity)],
          ['optdigits.hol', (bytes) => bytes],
        ],
        'optdigits.tes': [['optdigits.tes', lines(1, Infinity)]],
      },
      adult: { 'adult.test': [['adult-test.csv', lines(0, Infinity, '|1x3 Cross validator\n')]] },
    };

  const beside = SET_NAMES.filter((name) => !placeOf(name).ours);
  test.skipIf(beside.length === 0).each(beside)(
    `%s on this machine is what its shapes make of what was published (${skippedWithout('adult')})`,
    async (name) => {
      const set: DataSet = DATA_SETS[name];
      const from = placeOf(name).folder;
      for (const source of set.sources) {
        for (const file of source.files) expect([file.name, await stateOf(file, from)]).toEqual([file.name, 'right']);
        const parts = AGAIN[name]?.[source.url.split('/').at(-1)!];
        if (parts === undefined) continue;
        const published = Buffer.concat(await Promise.all(parts.map(async ([file, shape]) => shape(await readFile(new URL(file, from))))));
        expect([published.length, sha256Of(published)]).toEqual([source.bytes, source.sha256]);
        for (const file of source.files) expect(sha256Of(file.shape(published))).toBe(file.sha256);
      }
    },
  );
});

test('`npm run data` on a machine without a network says so in one line, fails, and leaves nothing', async () => {
  const at = join(folder, 'offline');
  await mkdir(at);
  const noNetwork = `globalThis.fetch = () => Promise.reject(new TypeError('fetch failed', { cause: { code: 'ENOTFOUND' } }))`;
  const { stdout, stderr, status } = spawnSync(
    process.execPath,
    ['--import', `data:text/javascript,${encodeURIComponent(noNetwork)}`, join(ROOT, 'scripts/data.ts')],
    { encoding: 'utf8', env: { ...process.env, MESH_PUBLIC_DATA: at } },
  );
  expect(stderr).toBe(
    'No connection to archive.ics.uci.edu (ENOTFOUND): connect this machine to the internet, then run `npm run data` again.\n',
  );
  expect({ stdout, status, left: await readdir(at) }).toEqual({ stdout: '', status: 1, left: [] });
});

describe('a command without its data', () => {
  const NEEDS: readonly (readonly [name: keyof typeof COMMANDS, set: SetName, args: readonly string[]])[] = [
    ['e2e:digits', 'optdigits', []],
    ['e2e:digits', 'optdigits', ['--skew']],
    ['e2e:churn', 'optdigits', []],
    ['e2e:table', 'titanic', []],
    ['e2e:table', 'adult', ['--only', 'adult']],
    ['accuracy', 'optdigits', ['--only', 'optdigits']],
    ['privacy:membership', 'optdigits', []],
    ['bench:doctor', 'adult', []],
  ];

  test.each(NEEDS)('%s says to fetch %s, and fails', { timeout: 60_000 }, async (name, set, args) => {
    const empty = join(folder, 'empty');
    await mkdir(empty, { recursive: true });
    const { file, flags = [] }: Command = COMMANDS[name];
    const { stdout, stderr, status } = spawnSync(process.execPath, [...flags, join(ROOT, file), ...args], {
      encoding: 'utf8',
      env: { ...process.env, MESH_PUBLIC_DATA: empty },
    });
    expect(stderr).toContain(`${lackOf(set)}\n`);
    expect(JSON.parse(stdout.trim().split('\n').at(-1)!)).toMatchObject({ pass: false, figures: { reason: lackOf(set) } });
    expect(status).toBe(1);
  });

  test('a set that does not exist is refused by name', () => {
    const { stderr, status } = spawnSync(process.execPath, [join(ROOT, 'scripts/data.ts'), 'iris'], { encoding: 'utf8' });
    expect(stderr).toMatch(/^data set: expected one of optdigits, .*, got iris\n$/);
    expect(status).toBe(2);
  });
});
