import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { MeshError } from '../errors.ts';
import { FILTER_ORDERS, filteredEpsilon, isMixed } from './filter.ts';
import { epsilonOf, type DpPhase } from './rdp.ts';

const phase = fc.record({
  rate: fc.double({ min: 1e-3, max: 0.5, noNaN: true }),
  sigma: fc.double({ min: 1, max: 8, noNaN: true }),
  rounds: fc.integer({ min: 1, max: 100 }),
});

test('rounds of one setting are one phase, however they were written down, and cost what the best order says', () => {
  const one: DpPhase[] = [
    { rate: 0.1, sigma: 3, rounds: 4 },
    { rate: 0.1, sigma: 3, rounds: 6 },
    { rate: 0, sigma: 1, rounds: 9 },
    { rate: 0.5, sigma: 2, rounds: 0 },
  ];
  expect(isMixed(one)).toBe(false);
  expect(filteredEpsilon(one, 1e-5)).toEqual(epsilonOf([{ rate: 0.1, sigma: 3, rounds: 10 }], 1e-5));
});

test.each([
  ['sigma', { rate: 0.1, sigma: 3.0001, rounds: 6 }],
  ['rate', { rate: 0.1001, sigma: 3, rounds: 6 }],
])('rounds with another %s are another phase, and the order is no longer free to choose', (_, second) => {
  const phases = [{ rate: 0.1, sigma: 3, rounds: 4 }, second];
  expect(isMixed(phases)).toBe(true);
  const found = filteredEpsilon(phases, 1e-5);
  expect(FILTER_ORDERS).toContain(found.order);
  expect(found.epsilon).toBeGreaterThan(epsilonOf(phases, 1e-5).epsilon);
  // Each order has its own part of delta.
  expect(found.epsilon).toBeGreaterThanOrEqual(epsilonOf(phases, 1e-5 / FILTER_ORDERS.length).epsilon);
});

test('a filter costs more than settings that were fixed before, and never much more than twice as much', () => {
  fc.assert(
    fc.property(fc.array(phase, { minLength: 2, maxLength: 4 }), (phases) => {
      const [filtered, fixed] = [filteredEpsilon(phases, 1e-5).epsilon, epsilonOf(phases, 1e-5).epsilon];
      expect(filtered).toBeGreaterThanOrEqual(fixed);
      expect(filtered).toBeLessThan(fixed < 20 ? 2.5 * fixed + 0.3 : Infinity);
    }),
    { numRuns: 60 },
  );
});

test('another round never makes a bill smaller, whether its settings are new or not', () => {
  fc.assert(
    fc.property(fc.array(phase, { minLength: 1, maxLength: 3 }), phase, (phases, next) => {
      const before = filteredEpsilon(phases, 1e-5).epsilon;
      for (const more of [next, { ...phases[0]!, rounds: 1 }]) {
        expect(filteredEpsilon([...phases, more], 1e-5).epsilon).toBeGreaterThanOrEqual(before);
      }
    }),
    { numRuns: 60 },
  );
});

test('what is no mechanism is refused', () => {
  const good = { rate: 0.1, sigma: 3, rounds: 4 };
  for (const bad of [{ sigma: -1 }, { rate: 1.1 }, { rounds: 0.5 }]) {
    expect(() => filteredEpsilon([good, { ...good, sigma: 2, ...bad }], 1e-5)).toThrow(MeshError);
  }
  expect(filteredEpsilon([good, { ...good, sigma: 0 }], 1e-5).epsilon).toBe(Infinity);
});
