import { expect, test } from 'vitest';
import { budgetStoreSuite } from '../ledger/budget-store-suite.ts';
import { memoryBudget, memoryCells, memoryKeyValueStore } from './memory-stores.ts';

budgetStoreSuite('a ledger in memory', async () => {
  const store = memoryBudget();
  return { store, reopen: async () => store };
});

test('cells in memory give back what was put, without what was deleted', async () => {
  const cells = memoryCells();
  await cells.write(
    [
      { key: 'a', value: 1 },
      { key: 'b', value: 2 },
    ],
    [],
  );
  await cells.write([{ key: 'b', value: 3 }], ['a']);
  expect(await cells.read()).toEqual(new Map([['b', 3]]));
});

test('a store in memory forgets what is written as null', async () => {
  const store = memoryKeyValueStore<number>();
  expect(await store.read('k')).toBeNull();
  await store.write('k', 7);
  expect(await store.read('k')).toBe(7);
  await store.write('k', null);
  expect(await store.read('k')).toBeNull();
});
