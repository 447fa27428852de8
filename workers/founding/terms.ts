/**
 * From what a founder decides to what a manifest says: rounds, noise, model and rule of a federation, and the same in numbers that a
 * person can weigh. The choices behind it are tablePolicy's (protocol/presets.ts); nothing here looks at rows.
 */
import { networkOf, type ManifestBody } from '#protocol/manifest';
import { TABLE_PRESET, tablePolicy } from '#protocol/presets';
import { inputWidth, unitRowsMax, type Task } from '#protocol/task';
import type { Policy, PolicyQuote } from './api.ts';

export type Terms = Pick<ManifestBody, 'model' | 'privacy' | 'rule'>;

const BYTES_A_PARAMETER = 4;
const { activation: ACTIVATION } = TABLE_PRESET;

/**
 * @param seed names the model's first weights
 * @throws MeshError field-invalid for a goal that no noise reaches
 */
export function termsOf(task: Task, policy: Policy, seed: string): Terms {
  const size = { inputs: inputsSet(task), groupRows: unitRowsMax(task) };
  const { privacy, rule, hidden } = tablePolicy({ ...policy, ...size });
  return { model: { kind: 'mlp', hidden, activation: ACTIVATION, seed }, privacy, rule };
}

/** Inputs that one row sets: a category lights one of its values. */
function inputsSet(task: Task): number {
  return task.kind === 'image' ? inputWidth(task) : task.columns.filter((column) => column.kind !== 'ignored').length;
}

/** @throws MeshError field-invalid: as termsOf, and for a model that is too large */
export function quoteOf(task: Task, policy: Policy): PolicyQuote {
  const { model, privacy } = termsOf(task, policy, 'quote');
  const parameters = networkOf({ task, model }).parameterCount;
  return {
    rounds: privacy.rounds,
    sigma: privacy.sigma,
    rate: privacy.rate,
    noiseShare: (privacy.sigma * unitRowsMax(task)) / (privacy.lot * Math.sqrt(policy.members)),
    parameters,
    updateBytes: parameters * BYTES_A_PARAMETER,
  };
}
