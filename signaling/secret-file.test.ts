import { execFileSync } from 'node:child_process';
import { chmod, mkdir, mkdtemp, readdir, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { keptOrMade } from './secret-file.ts';

const ON_WINDOWS = process.platform === 'win32';
let made = 0;
const make = async () => Buffer.from(`secret ${++made}`);

describe('a secret in a file', () => {
  let directory: string;
  let path: string;
  beforeEach(async () => {
    made = 0;
    directory = await mkdtemp(join(tmpdir(), 'mesh-secret-'));
    path = join(directory, 'secret');
  });
  afterEach(() => rm(directory, { recursive: true }));

  it('is made once, and nothing is left beside it', async () => {
    expect(String(await keptOrMade(path, make))).toBe('secret 1');
    expect(String(await keptOrMade(path, make))).toBe('secret 1');
    expect(made).toBe(1);
    expect(await readdir(directory)).toEqual(['secret']);
  });

  it('is one even when many ask for it at once', async () => {
    const all = await Promise.all(Array.from({ length: 8 }, () => keptOrMade(path, make)));
    expect(made).toBeGreaterThan(1);
    expect(new Set(all.map(String)).size).toBe(1);
    expect(await readdir(directory)).toEqual(['secret']);
  });

  it.skipIf(ON_WINDOWS)('is for its owner alone, whatever files of this process are by default', async () => {
    const before = process.umask(0);
    try {
      await keptOrMade(path, make);
    } finally {
      process.umask(before);
    }
    expect((await stat(path)).mode & 0o777).toBe(0o600);
  });

  it.skipIf(ON_WINDOWS).each([0o640, 0o604, 0o620])('that others can get at is refused: mode %o', async (mode) => {
    await keptOrMade(path, make);
    await chmod(path, mode);
    const refused = { code: 'storage-denied', detail: { field: path, got: mode.toString(8) } };
    await expect(keptOrMade(path, make)).rejects.toMatchObject(refused);
  });

  it.skipIf(ON_WINDOWS)('that somebody else puts there meanwhile is judged as any other', async () => {
    const late = async () => {
      await writeFile(path, 'planted');
      await chmod(path, 0o644);
      return make();
    };
    await expect(keptOrMade(path, late)).rejects.toMatchObject({ code: 'storage-denied', detail: { got: '644' } });
    expect(await readdir(directory)).toEqual(['secret']);
  });

  it.skipIf(ON_WINDOWS)('may lie elsewhere, and must be a secret there', async () => {
    const elsewhere = join(directory, 'elsewhere');
    await keptOrMade(elsewhere, make);
    await symlink(elsewhere, path);
    expect(String(await keptOrMade(path, make))).toBe('secret 1');
    await chmod(elsewhere, 0o604);
    await expect(keptOrMade(path, make)).rejects.toMatchObject({ code: 'storage-denied', detail: { got: '604' } });
  });

  it('is never read out of what is long, nor replaced', async () => {
    await writeFile(path, new Uint8Array(5000), { mode: 0o600 });
    await expect(keptOrMade(path, make)).rejects.toMatchObject({ code: 'field-invalid', detail: { field: path, got: '5000 bytes' } });
    expect((await readFile(path)).length).toBe(5000);
  });

  it.skipIf(ON_WINDOWS)('is no folder, no pipe and no link to nothing', async () => {
    await mkdir(path);
    await expect(keptOrMade(path, make)).rejects.toMatchObject({ code: 'field-invalid', detail: { field: path } });
    await rm(path, { recursive: true });
    execFileSync('mkfifo', ['-m', '600', path]);
    await expect(keptOrMade(path, make)).rejects.toMatchObject({ code: 'field-invalid', detail: { field: path } });
    await rm(path);
    await symlink(join(directory, 'missing'), path);
    await expect(keptOrMade(path, make)).rejects.toMatchObject({ code: 'storage-denied', detail: { got: 'a link to none' } });
    expect(await readdir(directory)).toEqual(['secret']);
  });

  it('needs a folder', async () => {
    const nowhere = join(directory, 'missing', 'secret');
    await expect(keptOrMade(nowhere, make)).rejects.toMatchObject({ code: 'storage-denied', detail: { field: nowhere } });
  });

  it.skipIf(ON_WINDOWS)('leaves nothing half-made where it cannot be kept', async () => {
    const none = async () => null as unknown as Uint8Array; // writing fails
    await expect(keptOrMade(path, none)).rejects.toMatchObject({ code: 'storage-denied', detail: { field: path } });
    expect(await readdir(directory)).toEqual([]);
  });
});
