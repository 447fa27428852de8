import { chmod, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { verifyBytes } from '#protocol/identity';
import { loadIdentityFile } from './identity-file.ts';

const ON_WINDOWS = process.platform === 'win32';

describe('a key file', () => {
  let directory: string;
  let path: string;
  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'mesh-key-'));
    path = join(directory, 'relay.key.pem');
  });
  afterEach(() => rm(directory, { recursive: true }));

  it('is made once, and is the same identity afterwards', async () => {
    const first = await loadIdentityFile(path);
    const pem = await readFile(path, 'utf8');
    const second = await loadIdentityFile(path);
    expect(second.id).toBe(first.id);
    expect(await readFile(path, 'utf8')).toBe(pem);
    const message = new Uint8Array([1, 2, 3]);
    expect(await verifyBytes(first.id, message, await second.sign(message))).toBe(true);
    expect(await readdir(directory)).toEqual(['relay.key.pem']);
  });

  it('is one even when many ask for it at once', async () => {
    const identities = await Promise.all(Array.from({ length: 8 }, () => loadIdentityFile(path)));
    expect(new Set(identities.map(({ id }) => id)).size).toBe(1);
    expect(await readdir(directory)).toEqual(['relay.key.pem']);
  });

  it.skipIf(ON_WINDOWS)('can be read by its owner alone, and is refused otherwise', async () => {
    await loadIdentityFile(path);
    expect((await stat(path)).mode & 0o777).toBe(0o600);
    await chmod(path, 0o640);
    await expect(loadIdentityFile(path)).rejects.toMatchObject({ code: 'storage-denied', detail: { field: path, got: '640' } });
  });

  it('is never replaced when it is damaged', async () => {
    await writeFile(path, '-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n', { mode: 0o600 });
    await expect(loadIdentityFile(path)).rejects.toMatchObject({ code: 'field-invalid', detail: { field: path } });
    expect(await readFile(path, 'utf8')).toContain('AAAA');
  });
});
