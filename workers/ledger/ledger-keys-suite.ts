/** The acceptance suite of LedgerKeys. Each implementation's test calls it with a way to open empty keys, and to reopen them. */
import { describe, expect, test } from 'vitest';
import type { LedgerKeys } from './ledger-keys.ts';
import type { RowAccountEntry } from './row-accounts.ts';
import { rowIdsOf } from './row-ids.ts';

export interface KeepUnderTest {
  readonly keep: LedgerKeys;
  /** Closes it and opens what is on the disk. */
  reopen(): Promise<LedgerKeys>;
}

const ids = (...seeds: number[]) => Uint8Array.from(seeds.flatMap((seed) => Array.from({ length: 16 }, (_, i) => (seed * 31 + i) % 256)));
const marks = { rows: 2, encoded: new Uint8Array(64).map((_, i) => i), raw: new Uint8Array(16).fill(7) };

async function entriesOf(keep: LedgerKeys): Promise<RowAccountEntry[]> {
  const found: RowAccountEntry[] = [];
  await keep.rows.each(({ account, ids: bytes }) => found.push({ account, ids: Uint8Array.from(bytes) }));
  return found;
}

export function ledgerKeysSuite(name: string, open: () => Promise<KeepUnderTest>): void {
  describe(`${name} beside a ledger`, () => {
    test('is empty at first, and returns what was added, in order, also after reopening', async () => {
      const { keep, reopen } = await open();
      expect(await entriesOf(keep)).toEqual([]);
      const added = [
        { account: 'a', ids: ids(1, 2) },
        { account: 'b', ids: ids(3) },
        { account: 'a', ids: ids(4) },
      ];
      for (const entry of added) await keep.rows.add(entry);
      expect(await entriesOf(keep)).toEqual(added);
      expect(await entriesOf(await reopen())).toEqual(added);
    });

    test('keeps what was added by calls that were not awaited', async () => {
      const { keep } = await open();
      await Promise.all([1, 2, 3, 4].map((n) => keep.rows.add({ account: String(n), ids: ids(n) })));
      expect((await entriesOf(keep)).map(({ account }) => account)).toEqual(['1', '2', '3', '4']);
    });

    test('signs with one key and names rows with one key, the same after reopening', async () => {
      const { keep, reopen } = await open();
      const [{ id }, named] = [await keep.identity(), await rowIdsOf(await keep.rowKey(), 'own', marks)];
      const again = await reopen();
      expect((await again.identity()).id).toBe(id);
      expect(await rowIdsOf(await again.rowKey(), 'own', marks)).toEqual(named);
    });

    test('names rows with a key that no script can read, and differently from another device', async () => {
      const [{ keep }, { keep: other }] = [await open(), await open()];
      const key = await keep.rowKey();
      expect([key.extractable, key.algorithm.name]).toEqual([false, 'HMAC']);
      expect(await rowIdsOf(await other.rowKey(), 'own', marks)).not.toEqual(await rowIdsOf(key, 'own', marks));
    });
  });
}
