import { expect, test } from 'vitest';
import { privacyStatement, probabilityBound } from './statement.ts';

test('the probability bound is e^epsilon / (1 + e^epsilon)', () => {
  expect(probabilityBound(0)).toBe(0.5);
  expect(probabilityBound(1)).toBeCloseTo(Math.E / (1 + Math.E), 15);
  expect(probabilityBound(Math.log(3))).toBeCloseTo(0.75, 15);
  expect(probabilityBound(8)).toBeCloseTo(0.99966, 5);
  expect(probabilityBound(Infinity)).toBe(1);
  expect(() => probabilityBound(-1)).toThrow(expect.objectContaining({ code: 'field-invalid' }));
  expect(() => probabilityBound(Number.NaN)).toThrow(expect.objectContaining({ code: 'field-invalid' }));
});

test('a statement names unit, relation, mechanism and accountant beside the numbers', () => {
  expect(privacyStatement('example', 2, 1e-5)).toEqual({
    unit: 'example',
    relation: 'add-remove',
    mechanism: 'poisson-discrete-gaussian',
    accountant: 'rdp-integer-orders',
    epsilon: 2,
    delta: 1e-5,
    probability: probabilityBound(2),
  });
});
