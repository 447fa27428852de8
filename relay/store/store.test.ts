import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { hashBytes } from '#protocol/codec';
import type { PeerId } from '#protocol/identity';
import { WITHDRAWALS_KEPT } from '#protocol/limits';
import { openMemoryStore } from './memory-store.fixture.ts';
import { defaultQuotas } from './quotas.ts';
import { openSqliteStore } from './sqlite.ts';
import { appendTo, makeManifest, makeRecord, storeSuite } from './store-suite.ts';

storeSuite('memory', async () => ({ open: async (quotas) => openMemoryStore(quotas), reopen: null, cleanUp: async () => {} }));

storeSuite('sqlite', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'mesh-store-'));
  const path = join(directory, 'relay.db');
  return {
    open: (quotas) => openSqliteStore(path, quotas),
    async reopen(store, quotas) {
      await store.close();
      return openSqliteStore(path, quotas);
    },
    cleanUp: () => rm(directory, { recursive: true }),
  };
});

describe('a sqlite file', () => {
  const quotas = defaultQuotas(null);
  const fed = hashBytes(new TextEncoder().encode('fed'));
  let directory: string;
  let path: string;
  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'mesh-store-'));
    path = join(directory, 'relay.db');
  });
  afterEach(() => rm(directory, { recursive: true }));

  it('belongs to one relay at a time', async () => {
    const first = await openSqliteStore(path, quotas);
    await appendTo(first, makeRecord(fed, 0, 1));
    await expect(openSqliteStore(path, quotas, { busyMs: 50 })).rejects.toMatchObject({ code: 'conflict', detail: { field: 'store' } });
    await first.close();
    const second = await openSqliteStore(path, quotas, { busyMs: 50 });
    expect(await second.head(fed)).toMatchObject({ round: 1 });
    await second.close();
  });

  it('of a newer build is refused, and so is a file that is not a database', async () => {
    await (await openSqliteStore(path, quotas)).close();
    const db = new DatabaseSync(path);
    db.exec('PRAGMA user_version = 99');
    db.close();
    await expect(openSqliteStore(path, quotas)).rejects.toMatchObject({ code: 'version-unsupported', detail: { got: '99' } });
    const text = join(directory, 'text.db');
    await writeFile(text, 'this is a letter, not a database. '.repeat(100));
    await expect(openSqliteStore(text, quotas)).rejects.toMatchObject({ code: 'internal' });
  });

  it('of an older build continues from its log: the old head goes, votes and states stay', async () => {
    const bytes = new TextEncoder().encode('state');
    const store = await openSqliteStore(path, quotas);
    const { fed: _fed, ...record } = { ...makeRecord(fed, 0, 1), state: hashBytes(bytes) };
    await store.write(fed, { append: [{ ...record, vectors: [] }], blobs: [{ hash: record.state, bytes }] }, 0);
    await store.close();
    const db = new DatabaseSync(path);
    db.exec(`DROP INDEX cells_blob; ALTER TABLE cells DROP COLUMN blob; DROP TABLE vectors; DROP TABLE withdrawals;
      ALTER TABLE manifests DROP COLUMN withdrawal; PRAGMA user_version = 2`);
    for (const name of ['head', 'state', 'ballot', 'update/0/someone'])
      db.prepare('INSERT INTO cells VALUES (?, ?, ?)').run(fed, name, bytes);
    db.close();
    const later = await openSqliteStore(path, quotas);
    expect([...(await later.cells(fed)).keys()]).toEqual(['ballot']);
    expect(await later.head(fed)).toMatchObject({ round: 1, state: record.state });
    expect(await later.dropUnnamed(1)).toBe(0);
    expect(await later.blob(record.state)).toEqual(bytes);
    await later.close();
  });

  it('keeps the withdrawals of deleted federations, the last ones only', async () => {
    const withdrawal = new TextEncoder().encode('ended');
    const before = await openSqliteStore(path, quotas);
    await before.putManifest(makeManifest(fed, 'A' as PeerId, withdrawal), 0);
    await before.changeManifest(fed, { standing: 'withdrawn', withdrawal });
    await before.close();
    const db = new DatabaseSync(path);
    db.exec(`WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ${WITHDRAWALS_KEPT})
      INSERT INTO withdrawals (id, withdrawal) SELECT 'before ' || i, x'00' FROM n`);
    db.close();
    const store = await openSqliteStore(path, quotas);
    await store.removeManifest(fed);
    const kept = await store.withdrawals();
    expect([kept.length, kept[0]?.id, kept.at(-1)]).toEqual([WITHDRAWALS_KEPT, 'before 2', { id: fed, withdrawal }]);
    await store.close();
  });

  it('that is full drops the oldest unnamed blobs, for blobs and for manifests', async () => {
    const MB = 1024 * 1024;
    const relay = 'R' as PeerId;
    const store = await openSqliteStore(path, { ...defaultQuotas(relay, 56 * MB), blobBytesPerIdentity: 100 * MB });
    const blobs = Array.from({ length: 12 }, (_, i) => new Uint8Array(MB).fill(i));
    const [named, ...others] = blobs.map(hashBytes);
    const kept = async () => (await Promise.all(others.map((hash) => store.blobPart(hash, 0, 0)))).map((part) => part !== null);
    await store.putManifest(makeManifest(fed, 'A' as PeerId, new Uint8Array(1), { testSet: named! }), 0);
    for (const [i, bytes] of blobs.entries()) await store.putBlob(hashBytes(bytes), `A${i}` as PeerId, bytes, i);
    const after = await kept();
    expect([after[0], after.at(-1)]).toEqual([false, true]);
    expect(after).toEqual(after.toSorted());
    const own = others[after.indexOf(true)]!;
    const second = makeManifest(others[0]!, 'B' as PeerId, new Uint8Array(1), { testSet: own, disk: 3 * MB });
    expect(await store.putManifest(second, 20)).toBe(true);
    const later = await kept();
    expect(await store.blobPart(own, 0, 0)).not.toBeNull();
    expect(later.filter(Boolean).length).toBeLessThan(after.filter(Boolean).length);
    await expect(
      store.putManifest(makeManifest(others[1]!, 'B' as PeerId, new Uint8Array(1), { disk: 60 * MB }), 30),
    ).rejects.toMatchObject({ code: 'quota', detail: { field: 'disk of this relay' } });
    expect(await kept()).toEqual(later);
    expect(await store.blobPart(named!, 0, 0)).not.toBeNull();
    await store.close();
  });

  it('does not serve a blob whose content was damaged on disk', async () => {
    const content = new Uint8Array(100_000).fill(7);
    const store = await openSqliteStore(path, quotas);
    await store.putBlob(hashBytes(content), 'A' as PeerId, content, 0);
    await store.close();
    const db = new DatabaseSync(path);
    db.prepare('UPDATE blobs SET bytes = zeroblob(100000)').run();
    db.close();
    const later = await openSqliteStore(path, quotas);
    await expect(later.blobPart(hashBytes(content), 0, 10)).rejects.toMatchObject({ code: 'internal', detail: { got: 'damaged ones' } });
    await later.close();
  });

  it('refuses requests after close, and may be closed twice', async () => {
    const store = await openSqliteStore(path, quotas);
    const pending = appendTo(store, makeRecord(fed, 0, 1));
    await Promise.all([store.close(), store.close()]);
    await pending;
    await expect(store.head(fed)).rejects.toMatchObject({ code: 'internal', detail: { field: 'store' } });
  });

  it('loses nothing that was acknowledged before kill -9', { timeout: 120_000 }, async () => {
    let next = 0;
    const acknowledged: number[] = [];
    for (const writes of [40, 5, 100]) {
      const child = spawn(process.execPath, [fileURLToPath(new URL('./store-writer.fixture.ts', import.meta.url)), path, String(next)], {
        stdio: ['ignore', 'pipe', 'inherit'],
      });
      const lines: number[] = [];
      let text = '';
      await new Promise<void>((resolve) => {
        child.stdout.on('data', (chunk: Buffer) => {
          text += chunk.toString();
          const whole = text.split('\n');
          text = whole.pop()!;
          lines.push(...whole.map(Number));
          if (lines.length >= writes) child.kill('SIGKILL');
        });
        child.stdout.on('end', resolve);
      });
      if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
      expect(child.signalCode).toBe('SIGKILL');
      acknowledged.push(...lines);
      next = Math.max(...lines) + 100;
    }
    const store = await openSqliteStore(path, quotas, { busyMs: 10_000 });
    const cells = await store.cells(fed);
    for (const round of acknowledged) {
      const record = await store.record(fed, 0, round);
      expect(new TextDecoder().decode(record!.bytes)).toBe(`round ${round}`);
      expect(await store.blob(record!.id)).toEqual(record!.bytes);
    }
    // The two cells of one call were written and deleted together, wherever the kill came.
    for (const name of cells.keys()) expect(cells.has((name.startsWith('a') ? 'b' : 'a') + name.slice(1))).toBe(true);
    await store.close();
  });
});
