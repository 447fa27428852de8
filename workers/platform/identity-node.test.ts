import { createPrivateKey, generateKeyPairSync } from 'node:crypto';
import { chmod, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { signBody, verifySigned } from '#protocol/identity';
import { loadIdentity } from './identity-node.ts';

let directory: string;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'identity-'));
});
afterEach(() => rm(directory, { recursive: true }));

test('one identity a name, the same next time, and it signs', async () => {
  const first = await loadIdentity(directory, 'alpha');
  const again = await loadIdentity(directory, 'alpha');
  expect(again.id).toBe(first.id);
  expect((await loadIdentity(directory, 'beta')).id).not.toBe(first.id);
  const signed = await signBody(again, { t: 'hello', n: 1 });
  expect(signed.by).toBe(first.id);
  expect(await verifySigned(signed)).toBe(true);
});

test.skipIf(process.platform === 'win32')('the file is for its owner alone', async () => {
  await loadIdentity(directory, 'alpha');
  expect((await stat(join(directory, 'alpha.pem'))).mode & 0o777).toBe(0o600);
});

test('the file is PKCS#8 that other tools read, and nothing else is left behind', async () => {
  await loadIdentity(directory, 'alpha');
  expect(await readdir(directory)).toEqual(['alpha.pem']);
  const key = createPrivateKey(await readFile(join(directory, 'alpha.pem')));
  expect(key.asymmetricKeyDetails).toEqual({ namedCurve: 'prime256v1' });
});

test('a key that OpenSSL would write is taken', async () => {
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  await writeFile(join(directory, 'alpha.pem'), privateKey.export({ type: 'pkcs8', format: 'pem' }), { mode: 0o600 });
  expect((await loadIdentity(directory, 'alpha')).id).toHaveLength(44);
});

test('two that ask at once get one identity', async () => {
  const ids = await Promise.all(Array.from({ length: 5 }, () => loadIdentity(directory, 'alpha')));
  expect(new Set(ids.map((identity) => identity.id)).size).toBe(1);
  expect(await readdir(directory)).toEqual(['alpha.pem']);
});

test.skipIf(process.platform === 'win32')('a key that others can read is refused', async () => {
  await loadIdentity(directory, 'alpha');
  await chmod(join(directory, 'alpha.pem'), 0o640);
  await expect(loadIdentity(directory, 'alpha')).rejects.toMatchObject({ code: 'storage-denied', detail: { got: '640' } });
});

test.each(['', '..', 'a/b', '../../alpha', 'a.b', 'x'.repeat(65)])('the name %j is refused', async (name) => {
  await expect(loadIdentity(directory, name)).rejects.toMatchObject({ code: 'field-invalid', detail: { field: 'name' } });
  expect(await readdir(directory)).toEqual([]);
});

test('a damaged key, another curve and a missing directory are refused', async () => {
  const other = generateKeyPairSync('ec', { namedCurve: 'P-384' }).privateKey.export({ type: 'pkcs8', format: 'pem' }) as string;
  for (const text of ['', 'not a key', other]) {
    await writeFile(join(directory, 'alpha.pem'), text, { mode: 0o600 });
    await expect(loadIdentity(directory, 'alpha')).rejects.toMatchObject({ code: 'field-invalid' });
  }
  await expect(loadIdentity(join(directory, 'missing'), 'alpha')).rejects.toMatchObject({ code: 'storage-denied' });
});
