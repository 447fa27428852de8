/**
 * Clipping that follows a quantile of the gradients' norms (Andrew, Thakkar, McMahan, Ramaswamy 2021) at no extra privacy cost: whether a
 * unit's gradient was within C is one more coordinate of the vector that the unit adds to the sum. On the grid, where a clipped gradient
 * has at most 2^gridBits steps, that coordinate is at most `count` steps, so both together have at most `sensitivity` steps; noise of sigma
 * times that, on all coordinates, is one Gaussian mechanism with multiplier sigma, so the accounting of rounds does not change. In Andrew's
 * terms, with z = sigma and a quantile of 1/2: z^-2 = zD^-2 + (2 sigmaB)^-2. Coordinates count from the quantile, not from 1/2: a member
 * with fewer units than is typical slows C down but does not bias it.
 */
import { sigmaOnGrid } from './noise/discrete-gaussian.ts';

/** The part of a manifest's privacy section that this file reads. */
interface Privacy {
  readonly gridBits: number;
  readonly sigma: number;
  readonly adaptive?: { readonly quantile: number; readonly share: number; readonly rate: number } | undefined;
}

/** The largest factor, up or down, between C and its starting value in the manifest. */
const CLIP_RANGE = 1000;

/** Whole steps of the grid. */
export interface UnitSteps {
  /** What a unit within C adds to the count, and what a unit beyond C subtracts. */
  readonly within: number;
  readonly beyond: number;
  /** The larger of the two. */
  readonly count: number;
  /** The L2 norm that a unit's whole vector has at most: the sensitivity. */
  readonly sensitivity: number;
}

export function unitSteps({ gridBits, adaptive }: Pick<Privacy, 'gridBits' | 'adaptive'>): UnitSteps {
  const grid = 1 << gridBits;
  if (adaptive === undefined) return { within: 0, beyond: 0, count: 0, sensitivity: grid };
  const { quantile, share } = adaptive;
  const count = Math.floor((grid * share) / Math.sqrt(1 - share * share));
  const far = Math.max(quantile, 1 - quantile);
  return {
    within: Math.floor((count * (1 - quantile)) / far),
    beyond: Math.floor((count * quantile) / far),
    count,
    // Squares are whole numbers below 2^53, and the root of a non-square is never rounded to a whole number.
    sensitivity: Math.ceil(Math.sqrt(grid * grid + count * count)),
  };
}

/** The noise's deviation in grid steps, at least sigma times what one unit moves the sum by. @throws MeshError field-invalid */
export function noiseSteps(privacy: Privacy): number {
  const steps = privacy.sigma * unitSteps(privacy).sensitivity;
  // A product with a power of two is exact; any other may be rounded down by less than one.
  return sigmaOnGrid(privacy.adaptive === undefined ? steps : Math.floor(steps) + 1, 0);
}

/** The last coordinate of an update. @param units of the lot @param within of them, by the numerics */
export function countSteps(privacy: Privacy, units: number, within: number): number {
  const steps = unitSteps(privacy);
  return within * steps.within - (units - within) * steps.beyond;
}

/**
 * C of the next round: C * exp(-rate * (b - quantile)), b being the noised share of units within C, assuming as many units as expected. The
 * number of units is never known: the sum is divided by a public constant.
 * @param sum of the members' last coordinates @param expected units of all their lots together, a public constant
 * @returns a float32 within a factor of 1000 of the manifest's clip
 */
export function nextClip(clip: number, sum: number, expected: number, privacy: Privacy & { readonly clip: number }): number {
  const { quantile, rate } = privacy.adaptive!;
  const { count } = unitSteps(privacy);
  const excess = (sum * Math.max(quantile, 1 - quantile)) / (count * expected);
  // More than all units is noise.
  const next = clip * smallExp(-rate * Math.min(1, Math.max(-1, excess)));
  return Math.fround(Math.min(privacy.clip * CLIP_RANGE, Math.max(privacy.clip / CLIP_RANGE, next)));
}

/** e^x for x in [-1, 1], nested, with 20 terms: the same bits everywhere, error below 1e-15. */
export function smallExp(x: number): number {
  let sum = 1;
  for (let n = 20; n >= 1; n--) sum = 1 + (x / n) * sum;
  return sum;
}
