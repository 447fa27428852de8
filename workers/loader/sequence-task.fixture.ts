/** A small sequence task for tests: two channels, two answers, windows of four moments. */
import type { SequenceTask } from '#protocol/manifest/task';

export function sequenceTask(change: Partial<SequenceTask> = {}): SequenceTask {
  return {
    kind: 'sequence',
    channels: [
      { name: 'x', min: -1, max: 1 },
      { name: 'y', min: 0, max: 100 },
    ],
    length: 4,
    hop: 4,
    windowsMax: 4,
    recording: 'walk',
    label: { name: 'way', classes: ['left', 'right'] },
    ...change,
  };
}
