/** The acceptance suite of BudgetStore. Each implementation's test calls it with a way to open an empty store, and to reopen it. */
import { describe, expect, test } from 'vitest';
import { hashBytes, type Hash } from '#protocol/codec';
import { extend, head, openLedger, release, reserve, spent, type BudgetStore, type Ledger } from '#protocol/privacy/ledger/budget';

export interface StoreUnderTest {
  readonly store: BudgetStore;
  /** Closes the store and opens what is on the disk. */
  reopen(): Promise<BudgetStore>;
}

const id = (text: string): Hash => hashBytes(new TextEncoder().encode(text));

/** A ledger of `rounds` reservations, every other one released. */
function ledgerOf(rounds: number): Ledger {
  let ledger = openLedger([]);
  for (let round = 0; round < rounds; round++) {
    const terms = { account: 'rows', fed: id('fed'), state: id(`state ${round}`), stateRound: round, unit: 'example' as const };
    const paid = reserve(ledger, { ...terms, rate: 0.05, sigma: 1.5563, clip: 1, delta: 1e-5 }, 8);
    ledger = extend(ledger, paid);
    if (round % 2 === 0) ledger = extend(ledger, release(ledger, paid, id(`update ${round}`)));
  }
  return ledger;
}

export function budgetStoreSuite(name: string, open: () => Promise<StoreUnderTest>): void {
  describe(`${name} as a budget store`, () => {
    test('is empty at first, also after reopening', async () => {
      const { store, reopen } = await open();
      expect(await store.read()).toEqual([]);
      expect(await (await reopen()).read()).toEqual([]);
    });

    test('returns what was appended, in order, to the last bit', async () => {
      const { store, reopen } = await open();
      const ledger = ledgerOf(8);
      for (const record of ledger.records) await store.append(record);
      expect(await store.read()).toEqual(ledger.records);
      const again = openLedger(await (await reopen()).read());
      expect(head(again)).toBe(head(ledger));
      expect(spent(again, 'rows', 1e-5)).toBe(spent(ledger, 'rows', 1e-5));
    });

    test('continues after reopening', async () => {
      const { store, reopen } = await open();
      const { records } = ledgerOf(4);
      await store.append(records[0]!);
      const second = await reopen();
      for (const record of records.slice(1)) await second.append(record);
      expect(openLedger(await second.read()).records).toEqual(records);
    });

    test('accepts only the next record: none twice, none ahead', async () => {
      const { store } = await open();
      const { records } = ledgerOf(4);
      await store.append(records[0]!);
      await expect(store.append(records[0]!)).rejects.toMatchObject({ code: 'conflict' });
      await expect(store.append(records[2]!)).rejects.toMatchObject({ code: 'conflict' });
      await store.append(records[1]!);
      expect(await store.read()).toEqual(records.slice(0, 2));
    });

    test('lets exactly one of two concurrent appends with one number succeed', async () => {
      const { store, reopen } = await open();
      const { records } = ledgerOf(1);
      const other = ledgerOf(1).records[0]!;
      const results = await Promise.allSettled([store.append(records[0]!), store.append(other)]);
      expect(results.map((r) => r.status).toSorted()).toEqual(['fulfilled', 'rejected']);
      expect(await (await reopen()).read()).toHaveLength(1);
    });

    test('keeps the order of appends that were not awaited', async () => {
      const { store } = await open();
      const { records } = ledgerOf(6);
      await Promise.all(records.map((record) => store.append(record)));
      expect(await store.read()).toEqual(records);
    });
  });
}
