/** Intervals of made-up trials, whose true mean is zero. */
import { expect, it } from 'vitest';
import { RandomWords } from '#protocol/privacy/noise/random-words';
import { seededBytes } from './seeded-bytes.ts';
import { twoWayError } from './two-way-error.ts';

const TRIALS = 400;
const DRAWS = 100;

interface Spreads {
  readonly ofRow: number;
  readonly ofSeed: number;
  readonly ofBoth: number;
}

interface Size {
  readonly seeds: number;
  readonly units: number;
  readonly rowsEach?: number;
  /** Whether to measure the bootstrap as well, which is slow. */
  readonly drawn?: boolean;
}

/** Shares of the trials whose interval has zero in it. */
function covered({ ofRow, ofSeed, ofBoth }: Spreads, { seeds, units, rowsEach = 1, drawn = false }: Size) {
  const words = new RandomWords(seededBytes(`${ofRow}/${ofSeed}/${ofBoth}`));
  const uniform = () => (words.word() + 0.5) / 2 ** 32;
  const normal = () => Math.sqrt(-2 * Math.log(uniform())) * Math.cos(2 * Math.PI * uniform());
  const hits = { both: 0, seedsAlone: 0, pigeonhole: 0 };
  for (let trial = 0; trial < TRIALS; trial++) {
    const rows = Array.from({ length: units }, () => ofRow * normal());
    const sizes = rows.map((_, i) => (i % 2 === 0 ? 1 : rowsEach));
    const differences = Array.from({ length: seeds }, () => {
      const seed = ofSeed * normal();
      // A model and another differ in a row by -1, 0 or 1.
      return rows.map((row, i) => sizes[i]! * Math.max(-1, Math.min(1, Math.trunc(row + seed + ofBoth * normal()))));
    });
    const { mean, half, seedsHalf } = twoWayError(differences, sizes);
    if (Math.abs(mean) <= half) hits.both++;
    if (Math.abs(mean) <= seedsHalf) hits.seedsAlone++;
    if (drawn && Math.abs(mean) <= 1.96 * pigeonhole(differences, words)) hits.pigeonhole++;
  }
  return { both: hits.both / TRIALS, seedsAlone: hits.seedsAlone / TRIALS, pigeonhole: hits.pigeonhole / TRIALS };
}

/** The standard error of the mean if seeds and rows are each resampled with replacement (Owen 2007). */
function pigeonhole(differences: readonly (readonly number[])[], words: RandomWords): number {
  const units = differences[0]!.length;
  const means = Array.from({ length: DRAWS }, () => {
    const rows = Array.from({ length: units }, () => words.below(units));
    const seeds = differences.map(() => differences[words.below(differences.length)]!);
    return seeds.reduce((sum, list) => rows.reduce((total, row) => total + list[row]!, sum), 0) / (units * differences.length);
  });
  const middle = means.reduce((a, b) => a + b, 0) / DRAWS;
  return Math.sqrt(means.reduce((sum, value) => sum + (value - middle) ** 2, 0) / (DRAWS - 1));
}

it('covers the truth where all seeds are judged by the same few rows, as seeds alone do not', () => {
  const { both, seedsAlone } = covered({ ofRow: 0.8, ofSeed: 0, ofBoth: 0.4 }, { seeds: 5, units: 100 });
  expect(both).toBeGreaterThan(0.93);
  expect(both).toBeLessThan(0.98);
  expect(seedsAlone).toBeLessThan(0.8);
});

it('covers it where units of rows have different sizes', () => {
  const { both } = covered({ ofRow: 0.8, ofSeed: 0, ofBoth: 0.4 }, { seeds: 5, units: 100, rowsEach: 3 });
  expect(both).toBeGreaterThan(0.92);
  expect(both).toBeLessThan(0.98);
});

it('is narrower than a pigeonhole bootstrap where a seed and a row say the most together, which it counts three times', () => {
  const { both, pigeonhole: wide } = covered({ ofRow: 0, ofSeed: 0, ofBoth: 0.8 }, { seeds: 5, units: 100, drawn: true });
  expect(both).toBeGreaterThan(0.92);
  expect(both).toBeLessThan(0.98);
  expect(wide).toBeGreaterThan(0.98);
});

it('is the interval of the seeds where rows say nothing of their own; five are too few to be drawn again', () => {
  const { both, seedsAlone, pigeonhole: narrow } = covered({ ofRow: 0, ofSeed: 0.6, ofBoth: 0.4 }, { seeds: 5, units: 100, drawn: true });
  expect(both).toBeGreaterThan(0.92);
  expect(Math.abs(both - seedsAlone)).toBeLessThan(0.04);
  expect(narrow).toBeLessThan(0.92);
});

it('is exact for two seeds and two rows by hand', () => {
  // Seed means 1/2 and 0, row means 1/2 and 0; each cell leaves 1/4.
  const { mean, error, seedsError } = twoWayError([[1, 0], [0, 0]], [1, 1]); // prettier-ignore
  expect(mean).toBe(0.25);
  expect(seedsError).toBeCloseTo(0.25, 12);
  expect(error).toBeCloseTo(0.25, 12);
});

it('refuses one seed, and lists of other lengths', () => {
  expect(() => twoWayError([[1, 0]], [1, 1])).toThrow('expected two seeds');
  expect(() => twoWayError([[1, 0], [1]], [1, 1])).toThrow('expected two seeds'); // prettier-ignore
});
