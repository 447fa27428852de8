/**
 * From what a founder decides to what a manifest says: rounds, noise, model and rule of a federation, and the same in numbers that a
 * person can weigh. The choices behind it are the presets' (protocol/presets.ts); nothing here looks at rows.
 */
import { MeshError } from '#protocol/errors';
import { CONTRIBUTORS_MAX, MEMBER_ROWS_MAX } from '#protocol/limits';
import type { ManifestBody } from '#protocol/manifest';
import { parameterCount } from '#protocol/model';
import { presetModel, presetPrivacy, presetRule, TABLE_PRESET, type Preset } from '#protocol/presets';
import { inputWidth, unitRowsMax, type Task } from '#protocol/task';
import type { Policy, PolicyQuote } from './api.ts';

export type Terms = Pick<ManifestBody, 'model' | 'privacy' | 'rule'>;

/** A member may bring so many times the rows of a typical one: enough to let nobody down, few enough to keep sums small. */
const ROWS_ROOM = 8;
const BYTES_A_PARAMETER = 4;

/**
 * @param seed names the model's first weights
 * @throws MeshError field-invalid for a goal that no noise reaches
 */
export function termsOf(task: Task, policy: Policy, seed: string): Terms {
  const preset = presetFor(policy);
  const privacy = presetPrivacy(preset);
  const unit = unitRowsMax(task) > 1 ? 'group' : 'example';
  // A manifest's sums stay below 2^31 grid steps, twelve deviations of noise included; a strict budget leaves less room for rows.
  const room = Math.floor(2 ** (31 - privacy.gridBits) - 12 * privacy.sigma) - 1;
  return {
    model: presetModel(preset, seed),
    privacy: { ...privacy, unit, rowsMax: Math.max(1, Math.min(privacy.rowsMax, room)) },
    rule: presetRule(preset),
  };
}

function presetFor({ epsilon, delta, rowsEach, hidden }: Policy): Preset {
  const rowsMax = Math.min(MEMBER_ROWS_MAX, Math.max(TABLE_PRESET.rowsMax, rowsEach * ROWS_ROOM));
  return { ...TABLE_PRESET, epsilon, delta, hidden, rowsMax, lot: Math.max(1, Math.round(TABLE_PRESET.rate * rowsEach)) };
}

/** @throws MeshError field-invalid: as termsOf, and for a model that is too large */
export function quoteOf(task: Task, policy: Policy): PolicyQuote {
  for (const [field, max] of [
    ['members', CONTRIBUTORS_MAX],
    ['rowsEach', MEMBER_ROWS_MAX],
  ] as const) {
    const value = policy[field];
    if (Number.isInteger(value) && value >= 1 && value <= max) continue;
    throw new MeshError('field-invalid', { field: `policy.${field}`, expected: `1 to ${max}`, got: String(value) });
  }
  const { model, privacy } = termsOf(task, policy, 'quote');
  const parameters = parameterCount([inputWidth(task), ...model.hidden, task.label.classes.length]);
  return {
    rounds: privacy.rounds,
    sigma: privacy.sigma,
    rate: privacy.rate,
    noiseShare: privacy.sigma / (privacy.lot * Math.sqrt(policy.members)),
    parameters,
    updateBytes: parameters * BYTES_A_PARAMETER,
  };
}
