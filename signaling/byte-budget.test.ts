import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ByteBudget } from './byte-budget.ts';

describe('a budget of bytes', () => {
  it('gives an address no more than its share, and all of them no more than the whole', () => {
    const budget = new ByteBudget(100, 30);
    expect([budget.take('a', 30), budget.take('a', 1), budget.take('b', 30), budget.take('c', 30)]).toEqual([true, false, true, false]);
    budget.give('a', 30);
    expect([budget.used, budget.usedBy('a'), budget.take('c', 30), budget.take('c', 1)]).toEqual([30, 0, true, false]);
  });

  it('leaves a newcomer a place, however many take all that they can', () => {
    const budget = new ByteBudget(1000, 1000);
    for (let round = 0; round < 1000; round++) for (let address = 0; address < 9; address++) budget.take(String(address), 1);
    expect(budget.usedBy('8')).toBe(100); // each has a share, and one is free
    expect(budget.take('newcomer', 50)).toBe(true);
  });

  it('holds its bounds and its sums whatever is taken and given back', () => {
    const act = fc.record({ address: fc.constantFrom('a', 'b', 'c'), bytes: fc.nat(50), take: fc.boolean() });
    fc.assert(
      fc.property(fc.array(act, { maxLength: 60 }), (acts) => {
        const budget = new ByteBudget(100, 45);
        const held = new Map([...'abc'].map((address) => [address, 0]));
        for (const { address, bytes, take } of acts) {
          const before = held.get(address)!;
          if (!take) budget.give(address, bytes);
          const room = before + bytes <= 45 && before + 2 * bytes + budget.used <= 100;
          const taken = take && budget.take(address, bytes);
          expect(taken || !take || !room).toBe(true);
          held.set(address, taken ? before + bytes : take ? before : Math.max(0, before - bytes));
          expect(budget.usedBy(address)).toBe(held.get(address));
          expect(budget.used).toBe([...held.values()].reduce((a, b) => a + b, 0));
          expect(Math.max(budget.used / 100, ...[...held.values()].map((n) => n / 45))).toBeLessThanOrEqual(1);
        }
      }),
    );
  });
});
