/**
 * How likely a group has more colluders than its parameters assume. Groups are uniform draws from the list, so the number of colluders among
 * a device's g - 1 companions is hypergeometric; its own seat is honest. Everything is sums, products and quotients, which IEEE 754 rounds
 * one way: every engine gets the same number, so all of them refuse the same manifests. There are no differences of near values either:
 * small probabilities keep their digits.
 */
import { GROUP_MAX, GROUP_MIN, LISTED_MAX, REDRAWS_MAX } from '../limits.ts';
import { checkWhole } from './whole.ts';

export interface Draw {
  /** N: members that groups are drawn from, this device included. */
  readonly listed: number;
  /** K: how many of the others may conspire; a member together with all whom it vouched for. */
  readonly stated: number;
  /** g */
  readonly size: number;
  /** c: colluders in one group against which the noise and the threshold still hold. */
  readonly colluders: number;
}

/** Many more than any federation has, and all counts of draws stay exact. */
const ROUNDS_MAX = 2 ** 40;

/**
 * The probability that one draw puts more than c colluders beside this device:
 * sum over k > c of C(K, k) C(N - 1 - K, g - 1 - k) / C(N - 1, g - 1).
 * @throws MeshError field-invalid
 */
export function tailOf({ listed, stated, size, colluders }: Draw): number {
  checkWhole('size', size, GROUP_MIN, GROUP_MAX);
  checkWhole('listed', listed, size, LISTED_MAX);
  checkWhole('stated', stated, 0, listed - 1);
  checkWhole('colluders', colluders, 1, size - 1);
  const [others, companions] = [listed - 1, size - 1];
  let ways = 0;
  // From the far end, so that the smallest terms come first.
  for (let k = Math.min(stated, companions); k > colluders; k--) ways += choose(stated, k) * choose(others - stated, companions - k);
  return Math.min(1, ways / choose(others, companions));
}

/**
 * The probability that any of this device's groups has more than c colluders: what groups take from delta. A draw has the same probability
 * whatever came before it, so whoever asks for redraws gains draws and nothing else.
 * @param rounds T, that this device pays for @param redraws R, most further draws of one round
 * @throws MeshError field-invalid
 */
export function groupDelta(draw: Draw, rounds: number, redraws: number): number {
  checkWhole('rounds', rounds, 1, ROUNDS_MAX);
  checkWhole('redraws', redraws, 0, REDRAWS_MAX);
  return anyOf(tailOf(draw), rounds * (1 + redraws));
}

/** 1 - (1 - p)^n by doubling n, on the complement alone: with x for n draws it is x (2 - x) for 2n, and x + p (1 - x) for n + 1. */
function anyOf(p: number, n: number): number {
  let x = 0;
  for (const bit of n.toString(2)) {
    x *= 2 - x;
    if (bit === '1') x += p * (1 - x);
  }
  return x;
}

/** Binomial coefficients, rounded: with k of at most 31 and n of at most 255 they stay far below the largest number. */
function choose(n: number, k: number): number {
  let ways = 1;
  for (let i = 0; i < k; i++) ways *= (n - i) / (i + 1);
  return ways;
}
