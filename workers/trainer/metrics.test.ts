import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { RandomWords } from '#protocol/privacy/noise/random-words';
import { seededBytes } from '../../bench/seeded-bytes.ts';
import { withIntervals } from '../lab/bootstrap.ts';
import { scoresOf } from '../lab/scores.ts';
import { calibrationCurve, calibrationError, measure, rankings, type Judged } from './metrics.ts';

/** Two classes, given the probability of class 1 for each row. */
const binary = (p: readonly number[], truth: readonly number[]): Judged => ({
  probabilities: Float32Array.from(p.flatMap((v) => [1 - v, v])),
  truth: Int32Array.from(truth),
  classes: 2,
});
const all = (judged: Judged) => measure(judged, rankings(judged), new Int32Array(judged.truth.length).fill(1));

describe('measures of probabilities', () => {
  it('match values calculated by hand', () => {
    // Falling: 0.9+ 0.8- 0.7+ 0.4- : 3 of 4 pairs are in order; precisions 1/1 and 2/3.
    const m = all(binary([0.9, 0.8, 0.7, 0.4], [1, 0, 1, 0]));
    expect(m.auroc).toBeCloseTo(3 / 4, 12);
    expect(m.auprc).toBeCloseTo((1 + 2 / 3) / 2, 12);
    expect(m.accuracy).toBe(3 / 4);
    expect(m.brier).toBeCloseTo((2 * (0.01 + 0.64 + 0.09 + 0.16)) / 4, 6);
  });

  it('count ties half, whatever the order of the rows', () => {
    for (const truth of [
      [1, 0, 0, 1],
      [0, 1, 1, 0],
    ]) {
      const m = all(binary([0.5, 0.5, 0.5, 0.5], truth));
      expect([m.auroc, m.auprc]).toEqual([0.5, 0.5]);
    }
  });

  it('are perfect if every positive row is above every negative one, and null if a class is missing', () => {
    expect(all(binary([0.9, 0.8, 0.2], [1, 1, 0]))).toMatchObject({ auroc: 1, auprc: 1, accuracy: 1 });
    expect(all(binary([0.9, 0.8, 0.2], [1, 1, 1]))).toMatchObject({ auroc: null, auprc: null });
  });

  it('are the mean of one-against-rest over more than two classes', () => {
    const judged: Judged = {
      probabilities: Float32Array.from([0.8, 0.1, 0.1, 0.1, 0.8, 0.1, 0.1, 0.1, 0.8]),
      truth: Int32Array.of(0, 1, 2),
      classes: 3,
    };
    expect(all(judged)).toMatchObject({ auroc: 1, auprc: 1, accuracy: 1 });
    const lacking = { ...judged, truth: Int32Array.of(0, 1, 1) };
    expect(all(lacking).auroc).toBeNull();
  });

  it('equal the count over all pairs, and do not change under a rising map or by doubling every row', () => {
    const rows = fc.array(fc.tuple(fc.integer({ min: 0, max: 20 }), fc.integer({ min: 0, max: 1 })), { minLength: 2, maxLength: 40 });
    fc.assert(
      fc.property(rows, (list) => {
        const [p, truth] = [list.map(([v]) => v / 20), list.map(([, label]) => label)];
        const m = all(binary(p, truth));
        const [up, down] = [list.filter(([, l]) => l === 1), list.filter(([, l]) => l === 0)];
        const oneSided = up.length === 0 || down.length === 0;
        expect(m.auroc === null).toBe(oneSided);
        if (oneSided) return;
        const pairs = up.flatMap(([a]) => down.map(([b]) => (a > b ? 1 : a === b ? 0.5 : 0)));
        expect(m.auroc).toBeCloseTo(pairs.reduce((sum: number, v) => sum + v, 0) / pairs.length, 9);
        const mapped = all(
          binary(
            p.map((v) => v ** 3 / 2),
            truth,
          ),
        );
        expect(mapped.auroc).toBeCloseTo(m.auroc!, 12);
        expect(mapped.auprc).toBeCloseTo(m.auprc!, 12);
        const judged = binary(p, truth);
        const twice = measure(judged, rankings(judged), new Int32Array(p.length).fill(2));
        expect(twice.auprc).toBeCloseTo(m.auprc!, 9);
        expect(twice.brier).toBeCloseTo(m.brier, 9);
        // With two classes both are equally far off.
        expect(m.brier).toBeCloseTo(p.reduce((sum, v, i) => sum + 2 * (v - truth[i]!) ** 2, 0) / p.length, 5);
      }),
    );
  });
});

describe('the calibration curve', () => {
  it('has the mean prediction and the observed share of each bin that has rows', () => {
    const curve = calibrationCurve(binary([0.05, 0.07, 0.93, 0.97, 1], [0, 1, 1, 1, 0]));
    expect(curve.map(({ rows }) => rows)).toEqual([2, 3]);
    expect(curve[0]!.predicted).toBeCloseTo(0.06, 6);
    expect(curve[0]!.observed).toBe(0.5);
    expect(curve[1]!.observed).toBeCloseTo(2 / 3, 12);
  });
});

describe('intervals', () => {
  const words = () => new RandomWords(seededBytes('bootstrap'));
  const many = (n: number) =>
    binary(
      Array.from({ length: n }, (_, i) => ((i * 37) % 100) / 100),
      Array.from({ length: n }, (_, i) => (((i * 37) % 100) + ((i * 61) % 50) > 75 ? 1 : 0)),
    );

  it('lie around the value, and are narrower with more rows', () => {
    const [few, lots] = [withIntervals(many(60), undefined, words()), withIntervals(many(2000), undefined, words())];
    for (const scores of [few, lots]) {
      for (const { value, low, high } of [scores.accuracy, scores.auroc!, scores.auprc!, scores.brier]) {
        expect(low).toBeLessThanOrEqual(value);
        expect(high).toBeGreaterThanOrEqual(value);
      }
    }
    expect(lots.accuracy.high - lots.accuracy.low).toBeLessThan(few.accuracy.high - few.accuracy.low);
  });

  it('draw whole units: copies of one unit of rows widen them', () => {
    const base = many(40);
    const copies = 10;
    const repeated: Judged = {
      probabilities: Float32Array.from(Array.from({ length: copies }, () => [...base.probabilities]).flat()),
      truth: Int32Array.from(Array.from({ length: copies }, () => [...base.truth]).flat()),
      classes: 2,
    };
    const units = Int32Array.from(repeated.truth, (_, row) => row % 40);
    const asUnits = withIntervals(repeated, units, words());
    const asRows = withIntervals(repeated, undefined, words());
    const width = (scores: typeof asUnits) => scores.accuracy.high - scores.accuracy.low;
    expect(width(asUnits)).toBeGreaterThan(2 * width(asRows));
  });
});

describe('the expected calibration error', () => {
  it('has fifteen bins of equal width over the guessed class, as by hand', () => {
    // Bins of 1/15: 0.72 and 0.73 share [0.667, 0.733), 0.74 has [0.733, 0.8) for itself, 0.99 and 1 share the last.
    const judged = binary([0.72, 0.27, 0.74, 0.99, 1], [1, 1, 1, 1, 1]);
    // In the first bin one of two is right where 1.45 were predicted: 0.45 too many. The one in the next was predicted with 0.74: 0.26 too
    // few.
    const byHand = (0.72 + 0.73 - 1 + (1 - 0.74) + (2 - 0.99 - 1)) / 5;
    expect(calibrationError(judged)).toBeCloseTo(byHand, 6);
  });

  it('counts no class that is not guessed', () => {
    const judged: Judged = { probabilities: Float32Array.of(0.5, 0.3, 0.2), truth: Int32Array.of(1), classes: 3 };
    expect(calibrationError(judged)).toBe(0.5);
  });

  it('is unknown with a row without probabilities, and never perfect', () => {
    const judged: Judged = { probabilities: Float32Array.of(0.5, 0.5, NaN, NaN), truth: Int32Array.of(1, 1), classes: 2 };
    expect(calibrationError(judged)).toBeNaN();
    expect(scoresOf(Float32Array.of(1, 0, Infinity, 0), Int32Array.of(0, 0), 2)).toMatchObject({ ece: NaN, loss: NaN });
  });
});
