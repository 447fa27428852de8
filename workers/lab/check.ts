/**
 * A member's own check: the shared model and this device's best solo model, side by side on rows that were kept aside. It runs on this
 * device only; local scores are not noised, so they must not leave it.
 */
import { MeshError } from '#protocol/errors';
import type { ManifestBody } from '#protocol/manifest/manifest';
import { RandomWords, type RandomFill } from '#protocol/privacy/noise/random-words';
import { classesOf, numberAnswerOf } from '#protocol/manifest/task';
import type { Model, Numerics } from '#wasm/numerics';
import { pickRows, unitCount } from '../loader/hold-out.ts';
import { guessingOf } from '../trainer/scoring.ts';
import { trainSolo } from '../solo/solo.ts';
import type { TrainingRows } from '../training-rows.ts';
import type { CheckScores, NumberCheckScores, OwnCheck, Subgroup } from './api.ts';
import { withIntervals } from './bootstrap.ts';
import { compared } from './comparison.ts';
import { calibrationCurve, type Judged } from '../trainer/metrics.ts';
import { checkNumbers } from './number-scores.ts';
import { groupRows } from './subgroups.ts';

/** Scores of fewer rows would be noise that looks like news; such groups are listed without scores. */
const SUBGROUP_ROWS_MIN = 20;

/**
 * @param shared the mesh's model @param probabilities its calibrated ones, rows x classes
 * @param kept rows that train the solo model, and rows that both are judged on (at least two)
 * @param column for scores by subgroups, or null
 * @throws MeshError rows-too-few, field-invalid for the column
 */
export function ownCheck(
  numerics: Numerics,
  manifest: ManifestBody,
  shared: Pick<Model, 'forward'>,
  probabilities: (x: Float32Array) => Float32Array,
  kept: { readonly rows: TrainingRows; readonly heldOut: TrainingRows },
  column: string | null,
  random: RandomFill,
): OwnCheck {
  const { rows, heldOut } = kept;
  if (heldOut.y.length < 2) {
    throw new MeshError('rows-too-few', { field: 'heldOut', expected: 'at least two rows kept aside', got: String(heldOut.y.length) });
  }
  const groups = column === null ? null : groupRows(manifest.task, heldOut.x, column);
  const words = new RandomWords(random);
  const model = trainSolo(numerics, manifest, rows);
  const comparison = compared(manifest, heldOut, shared, model);
  const classed = numberAnswerOf(manifest.task) === null;
  const outputs = {
    mesh: classed ? probabilities(heldOut.x) : shared.forward(heldOut.x),
    solo: classed ? model.probabilities(heldOut.x) : model.forward(heldOut.x),
  };
  model.close();
  const scores = (of: 'mesh' | 'solo', members: Int32Array) => scoresOf(manifest, outputs[of], heldOut, members, words);
  const all = Int32Array.from(heldOut.y.keys());
  const subgroup = ({ value, rows: found }: { readonly value: string; readonly rows: readonly number[] }): Subgroup => {
    const members = Int32Array.from(found);
    const about = { value, rows: members.length };
    if (members.length < SUBGROUP_ROWS_MIN) return { ...about, guessing: null, mesh: null, solo: null };
    const guessing = guessingOf(pickRows(heldOut, members).y, manifest.task);
    return { ...about, guessing, mesh: scores('mesh', members), solo: scores('solo', members) };
  };
  const curve = (of: 'mesh' | 'solo') => calibrationCurve(judgedBy(heldOut, manifest, outputs[of]));
  return {
    units: unitCount(heldOut),
    comparison,
    mesh: scores('mesh', all),
    solo: scores('solo', all),
    calibration: classed ? { mesh: curve('mesh'), solo: curve('solo') } : null,
    subgroups: column === null || groups === null ? null : { column, groups: groups.map(subgroup) },
  };
}

function judgedBy({ y }: TrainingRows, manifest: ManifestBody, probabilities: Float32Array): Judged {
  return { probabilities, truth: y, classes: classesOf(manifest.task).length };
}

/** @param outputs of all rows kept aside: probabilities, or one number each @param members rows to judge */
function scoresOf(
  manifest: ManifestBody,
  outputs: Float32Array,
  heldOut: TrainingRows,
  members: Int32Array,
  words: RandomWords,
): CheckScores | NumberCheckScores {
  const each = outputs.length / heldOut.y.length;
  const picked = pickRows(heldOut, members);
  const theirs = Float32Array.from(
    { length: members.length * each },
    (_, i) => outputs[members[Math.floor(i / each)]! * each + (i % each)]!,
  );
  const number = numberAnswerOf(manifest.task);
  if (number !== null) return checkNumbers(theirs, picked.y, number, picked.units, words);
  return withIntervals(judgedBy(picked, manifest, theirs), picked.units, words);
}
