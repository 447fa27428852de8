/** UCI Indoor User Movement Prediction: the task that the page proposes, and all windows of all recordings. */
import { readFile } from 'node:fs/promises';
import type { SequenceTask } from '#protocol/manifest/task';
import { inferRecordings } from '#workers/founding/infer-recordings';
import { readRecordingSample } from '#workers/founding/recording-sample';
import { loadRecordingFiles } from '#workers/loader/recording/sequence-files';
import { filesOfZip } from '#workers/loader/lines/zip';
import type { TrainingRows } from '#workers/training-rows';
import { dataFile } from '../scripts/data-place.ts';

const ROWS_MAX = 30_000;

/** null if the data is absent */
export async function readIndoorMovement(): Promise<{ readonly task: SequenceTask; readonly rows: TrainingRows } | null> {
  const zip = await readFile(dataFile('indoor-movement', 'IndoorMovement.zip')).catch(() => null);
  if (zip === null) return null;
  const files = await filesOfZip(new Blob([zip]), '');
  const guess = inferRecordings(await readRecordingSample(files));
  const task: SequenceTask = {
    kind: 'sequence',
    channels: guess.channels.filter(({ read }) => read).map(({ name, min, max }) => ({ name, min, max })),
    length: guess.length,
    hop: guess.hop,
    windowsMax: guess.windowsMax,
    recording: guess.recording,
    label: { name: guess.label, classes: [...guess.classes] },
  };
  return { task, rows: (await loadRecordingFiles(files, task, ROWS_MAX)).rows };
}
