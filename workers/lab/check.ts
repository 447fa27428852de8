/**
 * A member's own check: the mesh's model and the best model of this device alone, side by side on rows that were kept aside. Runs on
 * this device and tells nobody; local scores are not noised, so they must not leave it.
 */
import { MeshError } from '#protocol/errors';
import type { ManifestBody } from '#protocol/manifest';
import { RandomWords, type RandomBytes } from '#protocol/privacy/random-words';
import { classesOf } from '#protocol/task';
import type { Model, Numerics } from '#wasm/numerics';
import { pickRows, unitCount } from '../loader/hold-out.ts';
import { guessingOf } from '../scoring.ts';
import { trainSolo } from '../solo.ts';
import type { TrainingRows } from '../trainer.ts';
import type { CheckScores, OwnCheck, Subgroup } from './api.ts';
import { withIntervals } from './bootstrap.ts';
import { compared } from './comparison.ts';
import { calibrationCurve, type Judged } from './metrics.ts';
import { groupRows } from './subgroups.ts';

/** Scores of fewer rows would be noise that looks like news; their group is listed without. */
const SUBGROUP_ROWS_MIN = 20;

/**
 * @param shared the mesh's model @param probabilities its calibrated ones, rows x classes
 * @param kept what trains the solo model, and what both are judged on (at least two rows)
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
  random: RandomBytes,
): OwnCheck {
  const { rows, heldOut } = kept;
  if (heldOut.y.length < 2) {
    throw new MeshError('rows-too-few', { field: 'heldOut', expected: 'at least two rows kept aside', got: String(heldOut.y.length) });
  }
  const groups = column === null ? null : groupRows(manifest.task, heldOut.x, column);
  const words = new RandomWords(random);
  const mesh = judgedBy(heldOut, manifest, probabilities(heldOut.x));
  const model = trainSolo(numerics, manifest, rows);
  const solo = judgedBy(heldOut, manifest, model.probabilities(heldOut.x));
  const comparison = compared(manifest, heldOut, shared, model);
  model.close();
  const subgroup = ({ value, rows: members }: { readonly value: string; readonly rows: readonly number[] }): Subgroup => {
    const shown = members.length >= SUBGROUP_ROWS_MIN;
    const of = (judged: Judged) => (shown ? scoresOf(judged, heldOut, members, words) : null);
    const guessing = shown ? guessingOf(pickRows(heldOut, Int32Array.from(members)).y, manifest.task) : null;
    return { value, rows: members.length, guessing, mesh: of(mesh), solo: of(solo) };
  };
  return {
    units: unitCount(heldOut),
    comparison,
    mesh: withIntervals(mesh, heldOut.units, words),
    solo: withIntervals(solo, heldOut.units, words),
    calibration: { mesh: calibrationCurve(mesh), solo: calibrationCurve(solo) },
    subgroups: column === null || groups === null ? null : { column, groups: groups.map(subgroup) },
  };
}

function judgedBy({ y }: TrainingRows, manifest: ManifestBody, probabilities: Float32Array): Judged {
  return { probabilities, truth: y, classes: classesOf(manifest.task).length };
}

function scoresOf(judged: Judged, heldOut: TrainingRows, members: readonly number[], words: RandomWords): CheckScores {
  const { units, y } = pickRows(heldOut, Int32Array.from(members));
  const probabilities = Float32Array.from(
    members.flatMap((row) => [...judged.probabilities.subarray(row * judged.classes, (row + 1) * judged.classes)]),
  );
  return withIntervals({ ...judged, probabilities, truth: y }, units, words);
}
