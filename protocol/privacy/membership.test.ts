import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { MeshError } from '../errors.ts';
import {
  accuracyOf,
  areaOf,
  confidenceOf,
  lossScores,
  ratioScores,
  rocOf,
  truePositiveAt,
  truePositiveBound,
  type Shadows,
} from './membership.ts';
import { RandomWords } from './noise/random-words.ts';
import { seededBytes } from './noise/seeded-bytes.ts';
import { probabilityBound } from './ledger/statement.ts';

/** Models whose confidence in a row is its own level, with noise, and `gap` more if they have seen it. */
function shadowsOf(gap: number, models = 60, rows = 80): Shadows {
  const words = new RandomWords(seededBytes(`membership ${gap}`));
  const uniform = () => (words.below(2 ** 20) + 0.5) / 2 ** 20;
  const normal = () => Math.sqrt(-2 * Math.log(uniform())) * Math.cos(2 * Math.PI * uniform());
  const levels = Array.from({ length: rows }, () => 3 * normal());
  const included = Array.from({ length: models }, () => levels.map(() => words.below(2) === 1));
  const losses = included.map((row) => row.map((is, i) => Math.log1p(Math.exp(-(levels[i]! + (is ? gap : 0) + normal())))));
  return { included, losses };
}

describe('attacks on membership', () => {
  it('find what is there: a gap of three deviations, by the ratio almost all, by the loss much less', () => {
    const shadows = shadowsOf(3);
    const [ratio, loss] = [ratioScores(shadows), lossScores(shadows)].map((scores) => rocOf(scores, shadows.included));
    // Two bells three deviations apart: area Phi(3 / sqrt 2) = 0.983, best accuracy Phi(1.5) = 0.933.
    expect(areaOf(ratio!)).toBeGreaterThan(0.97);
    expect(accuracyOf(ratio!)).toBeCloseTo(0.933, 1);
    expect(areaOf(loss!)).toBeLessThan(0.85);
    expect(truePositiveAt(ratio!, 0.01)).toBeGreaterThan(4 * truePositiveAt(loss!, 0.01));
  });

  it('find nothing where nothing is', () => {
    const shadows = shadowsOf(0);
    for (const scores of [ratioScores(shadows), lossScores(shadows)]) {
      const roc = rocOf(scores, shadows.included);
      expect(Math.abs(areaOf(roc) - 0.5)).toBeLessThan(0.03);
      expect(truePositiveAt(roc, 0.1)).toBeLessThan(0.13);
    }
  });

  it('leave the attacked model out of its own shadows, and say nothing of a row that no other has', () => {
    const shadows = { included: [[true], [false], [false]], losses: [[0.01], [3], [3.1]] };
    expect(ratioScores(shadows)[0]).toEqual([0]);
  });
});

describe('a curve', () => {
  it('takes equal scores as one threshold, and ends at everything', () => {
    const roc = rocOf([[1, 1, 0, 0]], [[true, false, true, false]]);
    expect(roc).toEqual({ falsePositive: [0, 0.5, 1], truePositive: [0, 0.5, 1] });
    expect([areaOf(roc), accuracyOf(roc), truePositiveAt(roc, 0.49)]).toEqual([0.5, 0.5, 0]);
    expect(() => rocOf([[1, 2]], [[true, true]])).toThrow(MeshError);
  });

  it('needs a loss of every row from every model', () => {
    expect(() => ratioScores({ included: [[true, false]], losses: [[1]] })).toThrow(MeshError);
    expect(() => lossScores({ included: [], losses: [[1]] })).toThrow(MeshError);
  });
});

it('confidence is the log-odds of the row’s own class, finite at any loss', () => {
  for (const p of [0.01, 0.5, 0.9]) expect(confidenceOf(-Math.log(p))).toBeCloseTo(Math.log(p / (1 - p)), 9);
  for (const loss of [0, 1e-20, 1e4, Infinity]) expect(Number.isFinite(confidenceOf(loss))).toBe(true);
});

it('what privacy allows: e times the false alarms where they are few, never more than certainty, and the known accuracy', () => {
  expect(truePositiveBound(1, 1e-5, 0.001)).toBeCloseTo(0.00273, 5);
  expect(truePositiveBound(0, 0, 0.3)).toBeCloseTo(0.3, 12);
  expect(() => truePositiveBound(-1, 0, 0.1)).toThrow(MeshError);
  fc.assert(
    fc.property(fc.double({ min: 0, max: 9, noNaN: true }), fc.double({ min: 0, max: 1, noNaN: true }), (epsilon, share) => {
      const bound = truePositiveBound(epsilon, 0, share);
      expect(bound).toBeGreaterThanOrEqual(share - 1e-12);
      expect(bound).toBeLessThanOrEqual(1);
      expect((1 + bound - share) / 2).toBeLessThanOrEqual(probabilityBound(epsilon) + 1e-12);
    }),
  );
});
