/**
 * The standard error of a mean difference if a few seeds are all judged by the same rows. Both seeds and rows are random draws: the spread
 * over seeds alone misses the chance in the choice of rows.
 */
import { mean } from '../e2e/verdict.ts';

export interface MeanError {
  readonly mean: number;
  /** One standard error: over seeds and rows together, and over seeds alone for these rows. */
  readonly error: number;
  readonly seedsError: number;
  /** Half of the 95 % interval in the unit of the mean, of each. */
  readonly half: number;
  readonly seedsHalf: number;
}

/** The 97.5 % point of Student's t by degrees of freedom, from 1. */
const STUDENT = [12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262, 2.228];
const NORMAL = 1.96;

/**
 * The variance of a two-way mean by components (Searle, Casella and McCulloch 1992; Cameron, Gelbach and Miller 2011): that of seeds plus
 * that of rows minus their overlap, and at least either alone. Student's t with Satterthwaite's degrees of freedom (1946), at least those
 * of the seeds.
 *
 * Not the pigeonhole bootstrap (Owen 2007), which resamples both: it counts the interaction of seed and row three times, so its intervals
 * are too wide if that dominates, and too narrow if seeds do, since five resampled seeds are too alike. The test measures both.
 *
 * @param differences by seed and unit of rows: summed over the unit's rows, each of which is 1, 0 or -1
 * @param sizes rows of each unit: rows of one recording or person are not independent and count as one draw
 */
export function twoWayError(differences: readonly (readonly number[])[], sizes: readonly number[]): MeanError {
  const [seeds, units] = [differences.length, sizes.length];
  if (seeds < 2 || units < 2 || differences.some(({ length }) => length !== units)) throw new Error('expected two seeds and units of each');
  const size = mean(sizes);
  const middle = mean(differences.map(mean)) / size;
  // For a ratio: the deviation of each cell from its unit's share of the mean.
  const off = differences.map((list) => list.map((difference, unit) => (difference - middle * sizes[unit]!) / size));
  const bySeed = off.map(mean);
  const byUnit = sizes.map((_, unit) => mean(off.map((list) => list[unit]!)));
  const both = off.flatMap((list, seed) => list.map((value, unit) => value - bySeed[seed]! - byUnit[unit]!));
  const ofSeeds = squares(bySeed) / (seeds - 1) / seeds;
  const ofUnits = squares(byUnit) / (units - 1) / units;
  const ofBoth = squares(both) / ((seeds - 1) * (units - 1)) / (seeds * units);
  const variance = Math.max(ofSeeds, ofUnits, ofSeeds + ofUnits - ofBoth);
  const own = Math.max(0, ofSeeds - ofBoth);
  const freedom = variance ** 2 / (own ** 2 / (seeds - 1) + ofUnits ** 2 / (units - 1) || 1);
  const [error, seedsError] = [Math.sqrt(variance), Math.sqrt(ofSeeds)];
  return {
    mean: middle,
    error,
    seedsError,
    half: studentOf(Math.max(seeds - 1, freedom)) * error,
    seedsHalf: studentOf(seeds - 1) * seedsError,
  };
}

const squares = (list: readonly number[]): number => list.reduce((sum, value) => sum + value ** 2, 0);

/** Between integer degrees the mean of both; beyond the table to two digits. */
function studentOf(freedom: number): number {
  if (freedom > STUDENT.length) return NORMAL + 2.4 / freedom + 3 / freedom ** 2;
  const below = Math.floor(freedom);
  const [from, to] = [STUDENT[below - 1]!, STUDENT[Math.min(below, STUDENT.length - 1)]!];
  return from + (freedom - below) * (to - from);
}
