/**
 * The ledger's keys and row accounts as files in a folder of a peer without a browser, readable by its owner alone. Row accounts are lines
 * of JSON, appended and flushed one by one; a last line without its newline was never acknowledged and is cut off.
 */
import { randomBytes } from 'node:crypto';
import { mkdir, open, readFile, truncate } from 'node:fs/promises';
import { join } from 'node:path';
import { fromBase64Url, toBase64Url } from '#protocol/codec';
import { MeshError } from '#protocol/errors';
import { keptOrMade } from '#signaling/secret-file';
import { loadIdentity } from './identity-node.ts';
import type { LedgerKeys } from '../ledger/ledger-keys.ts';
import type { RowAccountEntry } from '../ledger/row-accounts.ts';
import { importRowKey, ROW_ID_BYTES } from '../ledger/row-ids.ts';

const OWNER_ONLY = 0o600;
const KEY_BYTES = 32;

/** @param folder made when it is not there @throws MeshError storage-denied, conflict for damage */
export async function openLedgerKeys(folder: string): Promise<LedgerKeys> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const [keyPath, rowsPath] = [join(folder, 'rows.key'), join(folder, 'row-accounts.jsonl')];
  await cutTornLine(rowsPath);
  let last: Promise<unknown> = Promise.resolve();
  return {
    identity: () => loadIdentity(folder, 'sign'),
    rowKey: async () => importRowKey(await rowKeyBytes(keyPath)),
    rows: {
      async each(look) {
        await last.catch(() => undefined);
        const lines = (await textOf(rowsPath)).split('\n').slice(0, -1);
        for (const [i, line] of lines.entries()) look(entryOf(line, `row-accounts.${i}`));
      },
      add({ account, ids }) {
        const line = `${JSON.stringify({ account, ids: toBase64Url(ids) })}\n`;
        const done = last.catch(() => undefined).then(() => append(rowsPath, line));
        last = done;
        return done;
      },
    },
  };
}

function entryOf(line: string, field: string): RowAccountEntry {
  try {
    const { account, ids } = JSON.parse(line) as { account: unknown; ids: unknown };
    if (typeof account !== 'string' || typeof ids !== 'string') throw new Error('fields');
    const bytes = fromBase64Url(ids);
    if (bytes.length % ROW_ID_BYTES !== 0) throw new Error('length');
    return { account, ids: bytes };
  } catch (cause) {
    throw new MeshError('conflict', { field, expected: 'an account and its rows', got: 'a damaged line' }, cause);
  }
}

async function textOf(path: string): Promise<string> {
  return readFile(path, 'utf8').catch((cause: NodeJS.ErrnoException) =>
    cause.code === 'ENOENT' ? '' : Promise.reject(denied(path, cause)),
  );
}

async function cutTornLine(path: string): Promise<void> {
  const text = Buffer.from(await textOf(path));
  const whole = text.lastIndexOf(0x0a) + 1;
  if (whole < text.length) await truncate(path, whole);
}

async function append(path: string, line: string): Promise<void> {
  try {
    const file = await open(path, 'a', OWNER_ONLY);
    try {
      await file.appendFile(line);
      await file.sync();
    } finally {
      await file.close();
    }
  } catch (cause) {
    throw denied(path, cause);
  }
}

async function rowKeyBytes(path: string): Promise<Uint8Array<ArrayBuffer>> {
  const bytes = new Uint8Array(await keptOrMade(path, async () => randomBytes(KEY_BYTES)));
  if (bytes.length !== KEY_BYTES)
    throw new MeshError('conflict', { field: path, expected: `${KEY_BYTES} bytes`, got: String(bytes.length) });
  return bytes;
}

function denied(path: string, cause: unknown): MeshError {
  if (cause instanceof MeshError) return cause;
  return new MeshError('storage-denied', { field: path, got: cause instanceof Error ? cause.message : String(cause) }, cause);
}
