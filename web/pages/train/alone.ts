/**
 * How good this device is alone, for the line in the curve: trained once, without privacy, in the lab's thread, and judged on the public
 * rows. It stays on this device. Large data waits until somebody asks (the Try page compares as well).
 */
import { createEffect, createSignal, type Accessor } from 'solid-js';
import { networkOf, type ManifestBody } from '#protocol/manifest';
import type { DataReport } from '#workers/api';
import type { LabCalls } from '../../state/lab.ts';
import { fetchTestSet } from '../../state/test-set.ts';

/** Rows times parameters that are trained on unasked: a second or two of one core. */
const WORK_MAX = 2e7;

/** @returns the share of public rows that this device alone gets right, null while unknown; and what tells it of a lab with a model */
export function watchAlone(
  about: () => { readonly body: ManifestBody; readonly data: DataReport | null },
): readonly [alone: Accessor<number | null>, onLab: (lab: LabCalls) => void] {
  const [alone, setAlone] = createSignal<number | null>(null);
  const [lab, setLab] = createSignal<LabCalls | null>(null);
  let asked = false;
  createEffect(() => {
    const calls = lab();
    const { body, data } = about();
    if (asked || calls === null || data === null || body.testSet === null) return;
    if (data.rows * networkOf(body).parameterCount > WORK_MAX) return;
    asked = true;
    void compare(calls, body.testSet).then(setAlone, () => {});
  });
  return [alone, setLab];
}

/** Null where it cannot be told, or was judged on rows that were kept aside: that would not be the curve's figure. */
async function compare(lab: LabCalls, about: NonNullable<ManifestBody['testSet']>): Promise<number | null> {
  const testSet = await fetchTestSet(about);
  if (!testSet.ok) return null;
  const answer = await lab.compareSolo(testSet.value);
  return answer.ok && answer.value?.on === 'test-set' ? answer.value.solo : null;
}
