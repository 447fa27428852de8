import { expect, test } from 'vitest';
import { probabilityBound } from './statement.ts';

test('the probability bound is e^epsilon / (1 + e^epsilon)', () => {
  expect(probabilityBound(0)).toBe(0.5);
  expect(probabilityBound(1)).toBeCloseTo(Math.E / (1 + Math.E), 15);
  expect(probabilityBound(Math.log(3))).toBeCloseTo(0.75, 15);
  expect(probabilityBound(8)).toBeCloseTo(0.99966, 5);
  expect(probabilityBound(Infinity)).toBe(1);
  expect(() => probabilityBound(-1)).toThrow(expect.objectContaining({ code: 'field-invalid' }));
  expect(() => probabilityBound(Number.NaN)).toThrow(expect.objectContaining({ code: 'field-invalid' }));
});
