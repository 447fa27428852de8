/**
 * Predictions for recordings: a recording's probabilities are the mean over its windows, chosen as in training. Answers are neither needed
 * nor read; a faulty recording keeps its line, with the reason instead of a prediction.
 */
import { MEMBER_ROWS_MAX } from '#protocol/limits';
import type { Task } from '#protocol/manifest/task';
import { chooseRecordings, problemOf, readRecordings } from '../loader/recording/sequence-files.ts';
import { faultOf } from '../loader/recording/sequence-remarks.ts';
import { sequenceOf, windowsOf } from '../loader/recording/sequence-rows.ts';
import type { BatchPredictions } from './api.ts';
import type { Probabilities } from './batch.ts';
import { classPredicting, PredictionFile } from './prediction-file.ts';

/**
 * @param files as a person chose them; those without measurements are skipped
 * @throws MeshError field-invalid for a task without recordings; as the readers do; the first recording's problem if none can be used
 */
export async function predictRecordings(
  files: readonly (Blob | string)[],
  task: Task,
  probabilities: Probabilities,
): Promise<BatchPredictions> {
  const sequence = sequenceOf(task);
  const { chosen, single } = await chooseRecordings(
    files,
    sequence.channels.map(({ name }) => name),
  );
  const { book, fileOf } = await readRecordings(chosen, sequence, { most: MEMBER_ROWS_MAX, part: 1, single });
  const { classes } = sequence.label;
  // The probabilities are computed beforehand, so the file gets them as its inputs.
  const predictions = new PredictionFile(
    'recording',
    classPredicting(classes, classes.length, (mean) => mean.slice()),
  );
  let good = 0;
  for (const [i, recording] of book.recordings.entries()) {
    const fault = faultOf(recording, sequence);
    if (fault === null) {
      const one = { id: recording.id, label: 0, values: recording.values(sequence.channels.length) };
      predictions.inputs.set(meanOf(probabilities(windowsOf(sequence, [one]).x), classes.length));
      predictions.add(i + 1, recording.id, null);
      good++;
    } else {
      const { code, detail } = problemOf(fault, fileOf.has(recording) ? null : recording.row);
      predictions.add(i + 1, recording.id, { code, detail });
    }
  }
  if (good === 0) throw problemOf(faultOf(book.recordings[0]!, sequence)!, null);
  return predictions.close(single ? chosen[0]!.id : 'recordings');
}

/** @param rows windows x classes */
function meanOf(rows: Float32Array, classes: number): Float32Array {
  const mean = new Float32Array(classes);
  for (let i = 0; i < rows.length; i++) mean[i % classes]! += rows[i]!;
  return mean.map((sum) => (sum * classes) / rows.length);
}
