import { generateKeyPairSync } from 'node:crypto';
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

  it.skipIf(ON_WINDOWS)('can be read by its owner alone, and is refused otherwise', async () => {
    await loadIdentityFile(path);
    expect((await stat(path)).mode & 0o777).toBe(0o600);
    await chmod(path, 0o640);
    await expect(loadIdentityFile(path)).rejects.toMatchObject({ code: 'storage-denied', detail: { field: path, got: '640' } });
  });

  const pem = (curve: string, options: object = {}) =>
    generateKeyPairSync('ec', { namedCurve: curve }).privateKey.export({ type: 'pkcs8', format: 'pem', ...options }) as string;
  it.each([
    ['nothing', ''],
    ['half of it', pem('P-256').slice(0, 120)],
    ['no key inside', '-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n'],
    ['text', 'not a key'],
    ['another curve', pem('P-384')],
    ['a passphrase before it', pem('P-256', { cipher: 'aes-256-cbc', passphrase: 'secret' })],
  ])('that holds %s is refused, and never replaced', async (_, text) => {
    await writeFile(path, text, { mode: 0o600 });
    await expect(loadIdentityFile(path)).rejects.toMatchObject({ code: 'field-invalid', detail: { field: path } });
    expect(await readFile(path, 'utf8')).toBe(text);
    expect(await readdir(directory)).toEqual(['relay.key.pem']);
  });
});
