/**
 * The privacy loss of one round of the Poisson-subsampled Gaussian as a function of the noise, its moments, and from them a window that
 * contains the total loss of many rounds. The distribution itself is in pld.ts.
 */
import type { DpPhase } from './rdp.ts';

export type Mechanism = Pick<DpPhase, 'rate' | 'sigma'>;
/** Of removing one unit, or of adding it. */
export type Direction = 'remove' | 'add';

/** Where one round's loss is cut off, in standard deviations of the noise. */
export const NOISE_REACH = 10;
const TILTS = 200;

/** Loss of one round at noise value x when the unit may be there: log((1 - q) + q e^((2x - 1) / (2 sigma^2))). */
export function lossAt(x: number, { rate, sigma }: Mechanism): number {
  const u = (2 * x - 1) / (2 * sigma * sigma);
  if (rate === 1) return u;
  return u > 0 ? u + Math.log(rate + (1 - rate) * Math.exp(-u)) : Math.log1p(rate * Math.expm1(u));
}

/** Where the loss is t; -Infinity at or below its infimum. */
export function noiseAt(t: number, { rate, sigma }: Mechanism): number {
  const variance = sigma * sigma;
  if (rate === 1) return variance * t + 0.5;
  const inside = Math.expm1(t) / rate + 1;
  // Far out e^t overflows long after q e^u has become all of it.
  if (t > 700) return variance * (t - Math.log(rate)) + 0.5;
  return inside > 0 ? variance * Math.log(inside) + 0.5 : -Infinity;
}

/** Logarithms of E[e^(tilt * loss)] of one round, for both directions and a range of tilts, above and below. */
export interface Moments {
  readonly up: readonly (readonly [number, number])[];
  readonly down: readonly (readonly [number, number])[];
}

const tiltOf = (i: number) => 1e-3 * 1.08 ** i;

export function momentsOf(mechanism: Mechanism): Moments {
  const at = (tilt: number) => [logMomentOf(mechanism, 'remove', tilt), logMomentOf(mechanism, 'add', tilt)] as const;
  const tilts = Array.from({ length: TILTS }, (_, i) => tiltOf(i));
  return { up: tilts.map((tilt) => at(tilt)), down: tilts.map((tilt) => at(-tilt)) };
}

/** A window that contains all but `outside` of the composed losses, in both directions, by Chernoff's bound over a range of tilts. */
export function windowOf(
  phases: readonly { readonly moments: Moments; readonly rounds: number }[],
  outside: number,
): { readonly low: number; readonly high: number } {
  const target = Math.log(outside / 4);
  let [low, high] = [-Infinity, Infinity];
  for (let i = 0; i < TILTS; i++) {
    const tilt = tiltOf(i);
    const [up, down] = [
      [0, 0],
      [0, 0],
    ];
    for (const { moments, rounds } of phases) {
      for (const d of [0, 1] as const) {
        up[d]! += rounds * moments.up[i]![d];
        down[d]! += rounds * moments.down[i]![d];
      }
    }
    // P(loss >= t) <= exp(K(tilt) - tilt t), and the like below.
    high = Math.min(high, (Math.max(...up) - target) / tilt);
    low = Math.max(low, (target - Math.max(...down)) / tilt);
  }
  return { low: Math.min(low, 0), high: Math.max(high, 0) };
}

/** log E[e^(tilt * loss)] of one round within the reach, by the trapezoid rule. */
function logMomentOf(phase: Mechanism, direction: Direction, tilt: number): number {
  const { sigma } = phase;
  const [from, to] = [-NOISE_REACH * sigma, NOISE_REACH * sigma + 1];
  const cells = 400;
  const step = (to - from) / cells;
  const logs: number[] = [];
  for (let i = 0; i <= cells; i++) {
    const x = from + i * step;
    const loss = lossAt(x, phase);
    const logWithout = -(x * x) / (2 * sigma * sigma);
    logs.push(direction === 'remove' ? logWithout + loss + tilt * loss : logWithout - tilt * loss);
  }
  const top = Math.max(...logs);
  const sum = logs.reduce((total, value) => total + Math.exp(value - top), 0);
  return top + Math.log((sum * step) / (sigma * Math.sqrt(2 * Math.PI)));
}
