/**
 * Is joining worth it: the best model that this device makes from its own rows, without any noise, beside the mesh's, both judged
 * on the same rows. For this device's eyes only; the answer is not noised and must not leave it.
 */
import type { ManifestBody } from '#protocol/manifest';
import type { RandomBytes } from '#protocol/privacy/random-words';
import type { Mlp, Numerics } from '#wasm/numerics';
import { trainSolo } from '../solo.ts';
import type { TrainingRows } from '../trainer.ts';
import type { SoloComparison } from './api.ts';

/** Fewer rows than this would judge by luck. */
export const JUDGED_ROWS_MIN = 20;

/**
 * @param mesh the model that is compared with
 * @param kept what trains the solo model, and what was kept aside
 * @param testSet public rows, where there are some
 * @returns null where there is nothing to train on or to judge on
 */
export function compareSolo(
  numerics: Numerics,
  manifest: ManifestBody,
  mesh: Mlp,
  kept: { readonly rows: TrainingRows; readonly heldOut: TrainingRows },
  testSet: TrainingRows | null,
  random: RandomBytes,
): SoloComparison | null {
  const own = kept.heldOut.y.length >= JUDGED_ROWS_MIN;
  const judged = own ? kept.heldOut : testSet;
  if (judged === null || kept.rows.y.length === 0) return null;
  const model = trainSolo(numerics, manifest, kept.rows, random);
  try {
    return {
      kind: model.kind,
      on: own ? 'held-out' : 'test-set',
      rows: judged.y.length,
      solo: model.accuracy(judged),
      mesh: mesh.evaluate(judged).accuracy,
    };
  } finally {
    model.close();
  }
}
