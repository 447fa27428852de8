/**
 * Is joining worth it? Compares the best model that this device makes from its own rows, without noise, with the shared one, on the same
 * rows. For this device only: the answer is not noised and must not leave it.
 */
import type { ManifestBody } from '#protocol/manifest/manifest';
import type { Model, Numerics } from '#wasm/numerics';
import { goodnessOf, rowErrors } from '../trainer/goodness.ts';
import { guessingOf } from '../trainer/scoring.ts';
import { takesLong, trainSolo } from '../solo/solo.ts';
import type { TrainingRows } from '../training-rows.ts';
import type { Comparison, SoloComparison } from './api.ts';
import { verdictOf } from './verdict.ts';

/** Fewer rows than this would judge by luck. */
const JUDGED_ROWS_MIN = 20;

/** What a comparison needs of any model, solo or shared. */
type Answering = Pick<Model, 'forward'>;

/**
 * @param mesh the model to compare with
 * @param kept rows that train the solo model, and rows that were kept aside
 * @param testSet public rows, if there are any
 * @param unasked nobody waits for it: a figure beside those of the public rows, which must not occupy the device
 * @returns null without rows to train or judge on; if unasked, also if it would be judged on rows kept aside, or take long
 */
export function compareSolo(
  numerics: Numerics,
  manifest: ManifestBody,
  mesh: Answering,
  kept: { readonly rows: TrainingRows; readonly heldOut: TrainingRows },
  testSet: TrainingRows | null,
  unasked = false,
): SoloComparison | null {
  const own = kept.heldOut.y.length >= JUDGED_ROWS_MIN;
  const judged = own ? kept.heldOut : testSet;
  if (judged === null || kept.rows.y.length === 0) return null;
  if (unasked && (own || takesLong(manifest, kept.rows.y.length, judged.y.length))) return null;
  const solo = trainSolo(numerics, manifest, kept.rows);
  try {
    return { kind: solo.kind, on: own ? 'held-out' : 'test-set', ...compared(manifest, judged, mesh, solo) };
  } finally {
    solo.close();
  }
}

/** Everything that pages say about two models on the same rows comes from here, so that no two statements can disagree. */
export function compared({ task }: ManifestBody, judged: TrainingRows, mesh: Answering, solo: Answering): Comparison {
  const [ofMesh, ofSolo] = [mesh, solo].map((model) => rowErrors(model.forward(judged.x), judged.y, task));
  return {
    rows: judged.y.length,
    mesh: goodnessOf(ofMesh!, task),
    solo: goodnessOf(ofSolo!, task),
    guessing: guessingOf(judged.y, task),
    better: verdictOf(ofMesh!, ofSolo!, judged.units).better,
  };
}
