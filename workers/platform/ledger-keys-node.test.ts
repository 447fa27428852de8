import { appendFile, chmod, mkdtemp, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { openLedgerKeys } from './ledger-keys-node.ts';
import { memoryLedgerKeys } from './memory-stores.ts';
import { ledgerKeysSuite } from '../ledger/ledger-keys-suite.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'ledger-keys-'));
});
afterEach(() => rm(folder, { recursive: true }));

ledgerKeysSuite('a folder', async () => {
  const path = await mkdtemp(join(folder, 'one-'));
  return { keep: await openLedgerKeys(path), reopen: () => openLedgerKeys(path) };
});

ledgerKeysSuite('memory', async () => {
  const keep = memoryLedgerKeys();
  return { keep, reopen: async () => keep };
});

test.skipIf(process.platform === 'win32')('what it keeps is readable by its owner alone, and a key that is not is refused', async () => {
  const keep = await openLedgerKeys(folder);
  await Promise.all([keep.identity(), keep.rowKey(), keep.rows.add({ account: 'a', ids: new Uint8Array(16) })]);
  for (const name of ['rows.key', 'sign.pem', 'row-accounts.jsonl']) {
    expect((await stat(join(folder, name))).mode & 0o777, name).toBe(0o600);
  }
  await chmod(join(folder, 'rows.key'), 0o644);
  await expect(keep.rowKey()).rejects.toMatchObject({ code: 'storage-denied' });
});

test('a line that a crash tore is cut off; any other damage is named', async () => {
  const keep = await openLedgerKeys(folder);
  await keep.rows.add({ account: 'a', ids: new Uint8Array(16) });
  await appendFile(join(folder, 'row-accounts.jsonl'), '{"account":"b","ids":"AA');
  const again = await openLedgerKeys(folder);
  const accounts: string[] = [];
  await again.rows.each(({ account }) => accounts.push(account));
  expect(accounts).toEqual(['a']);
  for (const line of ['{"account":"b","ids":"AAAA"}', '{"account":1,"ids":""}', 'no json']) {
    await writeFile(join(folder, 'row-accounts.jsonl'), `${line}\n`);
    await expect(again.rows.each(() => {})).rejects.toMatchObject({ code: 'conflict', detail: { field: 'row-accounts.0' } });
  }
});

test('a key of another length is refused', async () => {
  await writeFile(join(folder, 'rows.key'), new Uint8Array(7), { mode: 0o600 });
  await expect((await openLedgerKeys(folder)).rowKey()).rejects.toMatchObject({ code: 'conflict' });
});
