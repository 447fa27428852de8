import { expect, test } from 'vitest';
import { budgetStoreSuite } from '../ledger/budget-store-suite.ts';
import { memoryBudget, memoryKeyValueStore } from './memory-stores.ts';

budgetStoreSuite('a ledger in memory', async () => {
  const store = memoryBudget();
  return { store, reopen: async () => store };
});

test('a store in memory forgets what is written as null', async () => {
  const store = memoryKeyValueStore<number>();
  expect(await store.read('k')).toBeNull();
  await store.write('k', 7);
  expect(await store.read('k')).toBe(7);
  await store.write('k', null);
  expect(await store.read('k')).toBeNull();
});
