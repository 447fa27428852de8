/**
 * Renyi divergence of the Poisson-subsampled continuous Gaussian at any order above 1, fractional ones included. For comparison with
 * published accountants and for mechanisms with continuous noise: our discrete noise is billed at integer orders only (rdp.ts says why).
 *
 * A - 1 is the integral of phi_sigma(z) * (expm1(alpha L) - alpha q expm1(u)), where u = (2z - 1) / (2 sigma^2) and
 * L = log((1 - q) + q e^u): the linear term integrates to 0, and by Bernoulli's inequality what is left is never negative, so tiny
 * divergences keep their relative accuracy. The integrand is analytic in a strip, on which the trapezoid rule converges geometrically
 * (Trefethen and Weideman 2014).
 */
import { MeshError } from '../errors.ts';
import { checkMechanism, DEFAULT_ORDERS, mergePhases, stepRdp, toEpsilon, type EpsilonResult, type DpPhase } from './rdp.ts';

/** The orders that the product's requirement E1 names, 1.25 to 64: a thinned copy of TF Privacy's. */
export const SPEC_ORDERS: readonly number[] = [1.25, 1.5, 1.75, 2, 2.25, 2.5, 3, 3.5, 4, 4.5, 5, 6, 7, 8, 10, 12, 16, 20, 24, 32, 64];
const NEAR_ONE = [1.1, 1.2, 1.3, 1.4, 1.5, 1.6, 1.7, 1.8, 1.9];
/** Those, the orders between them whose absence would cost real budget, and all of rdp.ts. */
export const CONTINUOUS_ORDERS: readonly number[] = [...new Set([...SPEC_ORDERS, ...NEAR_ONE, ...DEFAULT_ORDERS])].toSorted(
  (a, b) => a - b,
);

/** Beyond it exp() overflows, and the terms that were subtracted do not matter. */
const EXP_MAX = 700;
/** Standard deviations of the integrand's bell that are integrated. */
const REACH = 12;

/**
 * RDP of one round. Integer orders by the exact sum.
 * @param order above 1
 * @throws MeshError field-invalid
 */
export function continuousRdp(order: number, samplingRate: number, sigma: number): number {
  if (Number.isSafeInteger(order) && order >= 2) return stepRdp(order, samplingRate, sigma);
  if (!(order > 1)) throw new MeshError('field-invalid', { field: 'order', expected: 'above 1', got: String(order) });
  checkMechanism(samplingRate, sigma);
  if (samplingRate === 0) return 0;
  if (sigma === 0 || order === Infinity) return Infinity;
  if (samplingRate === 1) return order / (2 * sigma * sigma);
  return logMoment(order, samplingRate, sigma) / (order - 1);
}

/**
 * Epsilon of phases with continuous noise. rdp.ts uses only the integer orders among these.
 * @throws MeshError field-invalid
 */
export function continuousEpsilon(phases: readonly DpPhase[], delta: number, orders: readonly number[] = CONTINUOUS_ORDERS): EpsilonResult {
  const merged = mergePhases(phases);
  const curve = orders.map((order) =>
    merged.reduce((sum, { rate, sigma, rounds }) => sum + (rounds > 0 ? rounds * continuousRdp(order, rate, sigma) : 0), 0),
  );
  return toEpsilon(orders, curve, delta);
}

/** log A */
function logMoment(order: number, samplingRate: number, sigma: number): number {
  const variance = sigma * sigma;
  const [low, high] = [-REACH * sigma, order + REACH * sigma + 1];
  // The strip is pi sigma^2 wide: with these steps the rule's error is below double precision.
  const cells = Math.ceil((high - low) / Math.min(sigma / 8, variance / 2));
  const step = (high - low) / cells;
  const logs = new Float64Array(cells + 1);
  const [logHit, logMiss] = [Math.log(samplingRate), Math.log1p(-samplingRate)];
  let top = -Infinity;
  for (let k = 0; k <= cells; k++) {
    const z = low + k * step;
    const u = (2 * z - 1) / (2 * variance);
    const loss = logAdd(logMiss, logHit + u);
    const small = order * loss < EXP_MAX && u < EXP_MAX;
    const value = small ? Math.log(Math.max(remainder(order, samplingRate, loss, u), 0)) : order * loss;
    logs[k] = value - (z * z) / (2 * variance) - (k === 0 || k === cells ? Math.LN2 : 0);
    if (logs[k]! > top) top = logs[k]!;
  }
  if (top === -Infinity) return 0;
  let sum = 0;
  for (const value of logs) sum += Math.exp(value - top);
  const logExcess = top + Math.log(sum) + Math.log(step / (sigma * Math.sqrt(2 * Math.PI)));
  return logExcess > 0 ? logExcess + Math.log1p(Math.exp(-logExcess)) : Math.log1p(Math.exp(logExcess));
}

/** expm1(alpha L) - alpha q expm1(u): near u = 0 the two agree to second order, so there the expansion is used. */
function remainder(order: number, samplingRate: number, loss: number, u: number): number {
  const ratio = samplingRate * Math.expm1(u); // e^L - 1
  if (Math.abs(ratio) * order < 1e-4) {
    // (1 + r)^alpha - 1 - alpha r = alpha (alpha - 1) r^2 / 2 (1 + (alpha - 2) r / 3 (1 + (alpha - 3) r / 4 ...))
    const third = 1 + ((order - 3) * ratio) / 4;
    return ((order * (order - 1)) / 2) * ratio * ratio * (1 + (((order - 2) * ratio) / 3) * third);
  }
  return Math.expm1(order * loss) - order * ratio;
}

function logAdd(a: number, b: number): number {
  const [small, large] = a < b ? [a, b] : [b, a];
  return large + Math.log1p(Math.exp(small - large));
}
