/**
 * A process that writes to a store and prints what was acknowledged, until it is killed. Arguments: the file, the first round. Started by
 * store.test.ts; not part of the relay.
 */
import { writeSync } from 'node:fs';
import { hashBytes, type Hash } from '#protocol/codec';
import type { PeerId } from '#protocol/identity';
import { defaultQuotas } from './quotas.ts';
import { openSqliteStore } from './sqlite.ts';

const [path, first] = process.argv.slice(2) as [string, string];
const bytes = (text: string) => new TextEncoder().encode(text);
const fed = hashBytes(bytes('fed'));
const owner = `A${fed}` as PeerId;
const store = await openSqliteStore(path, defaultQuotas(owner), { busyMs: 10_000 });

async function writer(round: number): Promise<void> {
  const text = `round ${round}`;
  const id: Hash = hashBytes(bytes(text));
  const put = (key: string) => ({ key, value: bytes(text), blob: null });
  const record = { epoch: 0, round, id, state: id, vectors: [], bytes: bytes(text) };
  await Promise.all([
    store.putBlob(id, owner, bytes(text), 0),
    store.write(fed, { append: [record], puts: [put(`a${round}`), put(`b${round}`)], deletes: [`a${round - 8}`, `b${round - 8}`] }, 0),
  ]);
  writeSync(1, `${round}\n`);
}

for (let round = Number(first); ; round += 4) await Promise.all([0, 1, 2, 3].map((i) => writer(round + i)));
