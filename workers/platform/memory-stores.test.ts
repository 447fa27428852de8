import { expect, test } from 'vitest';
import { budgetStoreSuite } from '../ledger/budget-store-suite.ts';
import { memoryBudget, memoryCells, memoryShelf } from './memory-stores.ts';

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

test('a shelf in memory forgets what is written as null', async () => {
  const shelf = memoryShelf<number>();
  expect(await shelf.read('k')).toBeNull();
  await shelf.write('k', 7);
  expect(await shelf.read('k')).toBe(7);
  await shelf.write('k', null);
  expect(await shelf.read('k')).toBeNull();
});
