/**
 * How good this device is alone, for the line in the curve: trained once, without privacy, in a separate thread, and judged on the public
 * rows. It stays on this device. Slow comparisons wait until somebody asks (the Try page compares too).
 */
import { createEffect, createSignal, type Accessor } from 'solid-js';
import { federationId, type ManifestBody } from '#protocol/manifest/manifest';
import type { DataReport } from '#workers/api';
import type { SoloComparison } from '#workers/lab/api';
import { useLabOnce } from '../../state/lab.ts';
import { fetchTestSet } from '../../state/test-set.ts';
import { figureOf } from '../../ui/goodness.ts';

/**
 * @returns how good this device alone is on public rows, null while unknown; and a callback for when a model can be tried:
 *   starting earlier would slow the first round, which people wait for
 */
export function watchAlone(
  about: () => { readonly body: ManifestBody; readonly data: DataReport | null },
): readonly [alone: Accessor<number | null>, onModel: () => void] {
  const inLab = useLabOnce();
  const [alone, setAlone] = createSignal<number | null>(null);
  const [ready, setReady] = createSignal(false);
  let asked = false;
  createEffect(() => {
    const { body, data } = about();
    const { testSet } = body;
    if (asked || !ready() || data === null || testSet === null) return;
    asked = true;
    void fetchTestSet(testSet).then(async (bytes) => {
      if (!bytes.ok) return;
      const answer = await inLab(async (lab) => {
        // This model is never queried; a lab compares with the one that it has open.
        const first = await lab.open(federationId(body), body, null, null);
        return first.ok ? lab.compareSolo(bytes.value, true) : first;
      });
      if (answer.ok) setAlone(lineOf(answer.value));
    });
  });
  return [alone, () => setReady(true)];
}

/** Null if unknown, or judged on rows that were kept aside, which would not match the curve. */
export function lineOf(comparison: SoloComparison | null): number | null {
  return comparison?.on === 'test-set' ? figureOf(comparison.solo) : null;
}
