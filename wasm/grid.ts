/**
 * The integer grid of a clipped sum: 2^gridBits steps per clip norm C, and how far below C an example is clipped so that rounding
 * cannot exceed C.
 *
 * Rounding moves each of d coordinates by at most half a step, the whole vector by at most sqrt(d) / 2 in L2. Clipping to
 * 2^gridBits - sqrt(d) / 2 steps therefore keeps the integer vector within 2^gridBits, the sensitivity that exact discrete noise
 * is calibrated to (as in JAX Privacy). A further 1e-5 covers f32: a product of two factors rounded to 24 bits is off by at
 * most 1.2e-7 of itself, and a subnormal factor by 2.4e-7 steps per coordinate. Where the kernels shorten factors (assembly/grid-sum.ts),
 * the norm is raised by as much.
 */

/** Beyond 20 bits an f32 no longer resolves a step of the longest gradient, and the kernel's rounding needs at most 22. */
const GRID_BITS_MAX = 20;
const FLOAT_SLACK = 1e-5;

/** Relative to a coordinate: two short factors, each off by at most 2^-11, and a norm that is raised by as much. */
export const SHORT_ERROR = 2 ** -9;

interface Grid {
  /** Steps per unit of gradient: 2^gridBits / clip. */
  readonly scale: number;
  /** Longest gradient in steps before rounding. */
  readonly reach: number;
}

/**
 * @param parameterCount d
 * @param clip C, in units of the gradient's L2 norm
 * @param share of C that these d parameters may take, in (0, 1]: 1 / sqrt(L) for each of L layers that are clipped separately, whose
 * integer parts together are then within 2^gridBits
 * @throws RangeError if a number is out of range, or the grid is too coarse for d: sqrt(d) / 2 >= 2^gridBits
 */
export function gridFor(parameterCount: number, clip: number, gridBits: number, share = 1): Grid {
  if (!(clip >= 1e-30 && clip <= 1e30)) throw new RangeError(`clip: expected 1e-30 to 1e30, got ${clip}`);
  if (!Number.isInteger(gridBits) || gridBits < 1 || gridBits > GRID_BITS_MAX) {
    throw new RangeError(`gridBits: expected a whole number from 1 to ${GRID_BITS_MAX}, got ${gridBits}`);
  }
  const steps = 2 ** gridBits;
  const reach = steps * share * (1 - FLOAT_SLACK) - Math.sqrt(parameterCount) / 2;
  if (!(reach > 0)) throw new RangeError(`gridBits: expected a grid finer than sqrt(${parameterCount}) / 2 steps, got ${gridBits} bits`);
  return { scale: steps / clip, reach };
}

/** @throws RangeError if a coordinate of the sum could overflow int32 */
export function checkSumFits(examples: number, gridBits: number): void {
  const most = Math.floor((2 ** 31 - 1) / 2 ** gridBits);
  if (examples > most) throw new RangeError(`lot: expected at most ${most} examples at ${gridBits} grid bits, got ${examples}`);
}
