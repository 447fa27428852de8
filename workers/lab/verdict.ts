/**
 * Which of two models is better on the same rows, or that nobody can tell: the one test behind every such statement. Paired randomisation
 * (Fisher 1935): if neither were better, each unit's difference could equally have had the other sign. With classes, and rows that are
 * their own units, it is McNemar's exact test (1947). Several rows of one unit count once.
 */
import { seededBytes } from '#protocol/privacy/noise/seeded-bytes';

/** A difference is reported if chance makes one as large at most this often. */
const LEVEL = 0.05;
/**
 * Additions up to which all signs are enumerated; above that, and for differences that are not whole numbers, this many draws replace it.
 */
const COUNTED_MAX = 5e7;
const DRAWS = 1999;

export type Better = 'mesh' | 'solo' | 'open';

export interface Verdict {
  /** `open`: on these rows the difference can be chance. */
  readonly better: Better;
  /** How often chance alone makes a difference as large, in either direction. */
  readonly p: number;
}

/**
 * @param mesh and solo: the error in each row, such as 1 for a wrong class and 0 for the right one, or a size
 * @param units of the rows; absent if each row is its own
 * @returns the same for the same rows, whoever asks
 */
export function verdictOf(mesh: ArrayLike<number>, solo: ArrayLike<number>, units?: Int32Array): Verdict {
  const sums = new Map<number, number>();
  for (let row = 0; row < mesh.length; row++) {
    const unit = units?.[row] ?? row;
    sums.set(unit, (sums.get(unit) ?? 0) + mesh[row]! - solo[row]!);
  }
  const differences = Array.from(sums.values()).filter((difference) => difference !== 0);
  const total = differences.reduce((sum, of) => sum + of, 0);
  const reach = differences.reduce((sum, of) => sum + Math.abs(of), 0);
  const counted = differences.every(Number.isInteger) && differences.length * reach <= COUNTED_MAX;
  const p = counted ? countedShare(differences, reach, Math.abs(total)) : drawnShare(differences, Math.abs(total));
  return { better: p > LEVEL ? 'open' : total < 0 ? 'mesh' : 'solo', p };
}

/** Of all choices of signs, the share whose sum is at least as far from 0; whole numbers, added one by one. */
function countedShare(differences: readonly number[], reach: number, least: number): number {
  let chances = new Float64Array(2 * reach + 1);
  chances[reach] = 1;
  let far = 0;
  for (const difference of differences) {
    const next = new Float64Array(chances.length);
    const size = Math.abs(difference);
    for (let at = reach - far; at <= reach + far; at++) {
      next[at - size]! += chances[at]! / 2;
      next[at + size]! += chances[at]! / 2;
    }
    far += size;
    chances = next;
  }
  let share = 0;
  for (let at = 0; at < chances.length; at++) if (Math.abs(at - reach) >= least) share += chances[at]!;
  return Math.min(1, share);
}

/** The same by random signs; the observed choice counts as a draw, so the share is never 0. */
function drawnShare(differences: readonly number[], least: number): number {
  const random = seededBytes('signs');
  // Sums in another order differ in their last bits.
  const rounding = 1e-9 * differences.reduce((sum, of) => sum + Math.abs(of), 0);
  const signs = new Uint8Array(Math.ceil(differences.length / 8));
  let far = 1;
  for (let draw = 0; draw < DRAWS; draw++) {
    random(signs);
    let sum = 0;
    for (const [i, difference] of differences.entries()) sum += ((signs[i >> 3]! >> (i & 7)) & 1) === 1 ? difference : -difference;
    if (Math.abs(sum) >= least - rounding) far++;
  }
  return far / (DRAWS + 1);
}
