/**
 * Is joining worth it: the best model that this device makes from its own rows, without any noise, beside the mesh's, both judged
 * on the same rows. For this device's eyes only; the answer is not noised and must not leave it.
 */
import type { ManifestBody } from '#protocol/manifest';
import type { RandomBytes } from '#protocol/privacy/random-words';
import type { Model, Numerics } from '#wasm/numerics';
import { takesLong, trainSolo } from '../solo.ts';
import type { Answers } from '../answers.ts';
import type { TrainingRows } from '../trainer.ts';
import type { SoloComparison } from './api.ts';
import { largest } from './scores.ts';

/** Fewer rows than this would judge by luck. */
export const JUDGED_ROWS_MIN = 20;
/** The 95th percentile of chi-squared with one degree of freedom. */
const CHI_SQUARED = 3.8415;

/**
 * @param mesh the model that is compared with
 * @param kept what trains the solo model, and what was kept aside
 * @param testSet public rows, where there are some
 * @param unasked nobody waits for it: the figure is for a line among those of the public rows, and must not keep the device busy
 * @returns null where there is nothing to train on or to judge on; of what is unasked also where it would be judged on rows that were
 *   kept aside, or take long
 */
export function compareSolo(
  numerics: Numerics,
  manifest: ManifestBody,
  mesh: Model,
  kept: { readonly rows: TrainingRows; readonly heldOut: TrainingRows },
  testSet: TrainingRows | null,
  random: RandomBytes,
  unasked = false,
): SoloComparison | null {
  const own = kept.heldOut.y.length >= JUDGED_ROWS_MIN;
  const judged = own ? kept.heldOut : testSet;
  if (judged === null || kept.rows.y.length === 0) return null;
  if (unasked && (own || takesLong(manifest, kept.rows.y.length, judged.y.length))) return null;
  const model = trainSolo(numerics, manifest, kept.rows, random);
  try {
    const [alone, together] = [hitsOf(model.probabilities(judged.x), judged.y), hitsOf(mesh.forward(judged.x), judged.y)];
    return { kind: model.kind, on: own ? 'held-out' : 'test-set', rows: judged.y.length, ...compared(alone, together) };
  } finally {
    model.close();
  }
}

/** @param outputs rows x classes. @returns 1 for a row whose class is guessed right, else 0 */
function hitsOf(outputs: Float32Array, truth: Answers): Uint8Array {
  const classes = outputs.length / truth.length;
  return Uint8Array.from(truth, (label, row) => (largest(outputs, row * classes, classes) === label ? 1 : 0));
}

/** Only rows that one of the two alone guesses right say which is better. */
export function compared(solo: Uint8Array, mesh: Uint8Array): Pick<SoloComparison, 'solo' | 'mesh' | 'sure'> {
  const rows = solo.length;
  let [onlySolo, onlyMesh, both] = [0, 0, 0];
  for (let row = 0; row < rows; row++) {
    if (solo[row] === 1 && mesh[row] === 1) both++;
    else if (solo[row] === 1) onlySolo++;
    else if (mesh[row] === 1) onlyMesh++;
  }
  const distance = Math.max(0, Math.abs(onlyMesh - onlySolo) - 1);
  const sure = distance * distance > CHI_SQUARED * (onlyMesh + onlySolo);
  return { solo: (both + onlySolo) / rows, mesh: (both + onlyMesh) / rows, sure };
}
