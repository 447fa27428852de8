/**
 * A whole training on made-up rows, on this device alone: the real trainer, noise and rule, without ledger or network. It shows what a
 * round costs here and what the noise leaves of something learnable; it says nothing about real rows.
 */
import { MeshError } from '#protocol/errors';
import { updateLength, updateNormMax, type ManifestBody } from '#protocol/manifest/manifest';
import type { ModelState } from '#protocol/model/state';
import { firstState } from '#protocol/robust/optimizer';
import { bytesOfUpdate } from '#protocol/privacy/ledger/promise';
import { checkUpdate } from '#protocol/privacy/noise/noisy-update';
import type { RandomFill } from '#protocol/privacy/noise/random-words';
import { applyMean } from '#protocol/robust/mean';
import type { Numerics } from '#wasm/numerics';
import { loadRows, type LoadedRows } from '../loader/source.ts';
import { guessingOf } from '../trainer/scoring.ts';
import { openTrainer, type Trainer } from '../trainer/trainer.ts';
import type { RehearsalOptions, RehearsalStep } from './api.ts';
import { syntheticRows } from './synthetic-rows.ts';

const REHEARSAL_MEMBERS_MAX = 32;
const TEST_ROWS = 500;

/**
 * @param keepOn called after every round; false ends the rehearsal
 * @returns the last step
 * @throws MeshError field-invalid for options out of range
 */
export async function rehearse(
  numerics: Numerics,
  manifest: ManifestBody,
  { members, rowsEach }: RehearsalOptions,
  random: RandomFill,
  now: () => number,
  keepOn: (step: RehearsalStep) => boolean | Promise<boolean>,
): Promise<RehearsalStep> {
  whole('members', members, 1, REHEARSAL_MEMBERS_MAX);
  whole('rowsEach', rowsEach, 2, manifest.privacy.rowsMax);
  const [length, normMax] = [updateLength(manifest), updateNormMax(manifest)];
  const test = await madeUp(manifest, TEST_ROWS, 'test');
  const trainers: Trainer[] = [];
  const about = { rounds: manifest.privacy.rounds, guessing: guessingOf(test.rows.y, manifest.task), updateBytes: bytesOfUpdate(manifest) };
  let step: RehearsalStep | null = null;
  let updateMs = 0;
  try {
    for (let i = 0; i < members; i++) {
      const trainer = openTrainer(numerics, manifest);
      trainers.push(trainer);
      trainer.hold((await madeUp(manifest, rowsEach, `member ${i}`)).rows);
    }
    let state: ModelState = firstState(manifest);
    for (let round = 1; round <= manifest.privacy.rounds; round++) {
      const began = now();
      const vectors = trainers.map((trainer) =>
        checkUpdate(
          trainer.makeUpdate(state.parameters, { ...manifest.privacy, clip: state.clip ?? manifest.privacy.clip }, random).vector,
          length,
          normMax,
        ),
      );
      const ms = (now() - began) / members;
      state = applyMean(state, vectors, manifest.rule, manifest.privacy);
      updateMs += (ms - updateMs) / round;
      step = { ...about, round, updateMs, ...trainers[0]!.evaluate(state.parameters, test.rows) };
      if (!(await keepOn(step))) break;
    }
    return step!; // a manifest has at least one round
  } finally {
    for (const trainer of trainers) trainer.close();
  }
}

/** The rows' own cells tell units apart, so units of a grouped task have one made-up row, or a few. */
function madeUp(manifest: ManifestBody, count: number, seed: string): Promise<LoadedRows> {
  const source = syntheticRows(manifest.task, count, `rehearsal ${seed}`);
  const readable = 'text' in source ? { table: source.text } : source;
  return loadRows({ ...readable, synthetic: true } as Parameters<typeof loadRows>[0], manifest, 0);
}

function whole(field: string, value: number, min: number, max: number): void {
  if (Number.isInteger(value) && value >= min && value <= max) return;
  throw new MeshError('field-invalid', { field, expected: `a whole number from ${min} to ${max}`, got: String(value) });
}
