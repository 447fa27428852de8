/** Founding's noise, rounds and steps on 2026-11-21, unchanged, as a baseline for newer ones. Only benches may use it. */
import { MEMBER_ROWS_MAX } from '#protocol/limits';
import { POLICY_FLOOR } from '#protocol/device-policy';
import { epsilonOf } from '#protocol/privacy/rdp';
import type { PolicyGoal, TrainingPolicy } from '#protocol/presets';

const LOT_GOAL = 4000;
const RATE_MIN = 0.25;
const MOMENTUM = 0.7;
const INPUTS_FEW = 64;
const REACH_A_ROUND = 20;
const REACH_A_ROUND_LAYERS = 5;
const ROUNDS_MIN = 20;
const REACH_FACTOR = 1.3;
const REACH_FACTOR_LAYERS = 2.6;
const REACH_MAX = 800;
const REACH_MAX_LAYERS = 300;
const ROWS_MARGIN = 4;
const SIGMA_STEPS = 10_000;

/** A linear model or a network of layers, as the page proposed. `inputs`: columns of a table, else pixels or moments times channels. */
export interface OldGoal extends Omit<PolicyGoal, 'inputs' | 'lengthSquared'> {
  readonly inputs: number;
}

export function policyOf20261121(goal: OldGoal): TrainingPolicy {
  const { epsilon, delta, members, rowsEach, inputs, groupRows = 1, layers = false } = goal;
  const rowsMax = Math.min(MEMBER_ROWS_MAX, ROWS_MARGIN * rowsEach * groupRows);
  const rows = Math.min(MEMBER_ROWS_MAX, rowsEach * groupRows);
  const rate = Math.max(RATE_MIN, Math.min(1, LOT_GOAL / rows));
  const once = sigmaByRenyi(epsilon, delta, 1, 1);
  const wide = Math.min(1, Math.sqrt(INPUTS_FEW / inputs));
  const found = (layers ? REACH_FACTOR_LAYERS : REACH_FACTOR) * ((rowsEach * Math.sqrt(members)) / once) ** 0.8 * wide;
  const reach = Math.min(layers ? REACH_MAX_LAYERS : REACH_MAX, found);
  const rounds = Math.max(ROUNDS_MIN, Math.ceil(reach / (layers ? REACH_A_ROUND_LAYERS : REACH_A_ROUND)));
  const sigma = Math.max(POLICY_FLOOR.sigmaMin, sigmaByRenyi(epsilon, delta, rate, rounds));
  const gridBits = Math.min(16, Math.floor(Math.log2((2 ** 31 - 1) / (rowsMax + 12 * sigma))));
  const unit = groupRows > 1 ? 'group' : 'example';
  const lot = Math.max(1, Math.round(rate * rows));
  return {
    privacy: { unit, epsilon, delta, sigma, clip: groupRows, rate, rounds, gridBits, lot, rowsMax },
    rule: { kind: 'mean', step: (reach * (1 - MOMENTUM)) / rounds, momentum: MOMENTUM },
  };
}

/** Only the Renyi bound, by which sigma was calibrated then. */
export function sigmaByRenyi(epsilon: number, delta: number, rate: number, rounds: number): number {
  const holds = (steps: number) => epsilonOf([{ rate, sigma: steps / SIGMA_STEPS, rounds }], delta).epsilon <= epsilon;
  let [low, high] = [0, 1000 * SIGMA_STEPS];
  while (high - low > 1) {
    const middle = Math.floor((low + high) / 2);
    if (holds(middle)) high = middle;
    else low = middle;
  }
  return high / SIGMA_STEPS;
}
