/** A federation of recordings, for tests of the page. */
import type { SequenceTask } from '#protocol/manifest/task';
import { testFederation, type TestFederation } from './federation.ts';

export const SEQUENCE_TASK: SequenceTask = {
  kind: 'sequence',
  channels: [1, 2, 3, 4].map((n) => ({ name: `anchor ${n}`, min: -1, max: 1 })),
  length: 32,
  hop: 16,
  windowsMax: 4,
  recording: 'walk',
  label: { name: 'way', classes: ['stays', 'leaves'] },
};

export async function sequenceFederation(): Promise<TestFederation> {
  const { privacy } = (await testFederation()).body;
  return testFederation({ name: 'Walks', task: SEQUENCE_TASK, privacy: { ...privacy, unit: 'group' }, testSet: null });
}
