import { createSignal } from 'solid-js';
import { render } from 'solid-js/web';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { hashBytes } from '#protocol/codec';
import type { DataReport } from '#workers/api';
import { LabProvider } from '../../state/lab.ts';
import { keepTestSet } from '../../state/test-set.ts';
import { comparisonFixture, fakeLab, type FakeLab } from '../../testing/fake-lab.ts';
import { busySnapshot } from '../../testing/fake-peer.ts';
import { testFederation, type TestFederation } from '../../testing/federation.ts';
import { watchAlone } from './alone.ts';

const BYTES = new Uint8Array([1, 2, 3]);
const WORTH = comparisonFixture('mesh', 0.8, 0.71);

let federation: TestFederation;
let lab: FakeLab;
let dispose: (() => void) | undefined;
beforeEach(async () => {
  const testSet = { hash: hashBytes(BYTES), bytes: BYTES.length, rows: 3, synthetic: true };
  federation = await testFederation({ testSet });
  keepTestSet(testSet.hash, BYTES);
  lab = fakeLab();
});
afterEach(() => dispose?.());

/** @returns the line, and the callback for when a model can be tried */
function watched() {
  const [data, setData] = createSignal<DataReport | null>(null);
  let [alone, onLab]: ReturnType<typeof watchAlone> = [() => null, () => {}];
  const Screen = () => {
    [alone, onLab] = watchAlone(() => ({ body: federation.body, data: data() }));
    return <p>{alone()}</p>;
  };
  dispose = render(
    () => (
      <LabProvider value={lab.open}>
        <Screen />
      </LabProvider>
    ),
    document.body.appendChild(document.createElement('main')),
  );
  return { alone: () => alone(), onLab: () => onLab(), bring: () => setData(busySnapshot(federation.id).data) };
}
const names = () => lab.asked.map(({ name }) => name);

test('trains once, unasked, in a lab of its own that is closed after it', async () => {
  lab.answer('compareSolo', () => ({ ok: true, value: WORTH }));
  const { alone, onLab, bring } = watched();
  bring();
  expect(lab.opened()).toEqual([0, 0]);
  onLab();
  await expect.poll(alone).toBe(0.71);
  onLab();
  bring();
  expect(names()).toEqual(['open', 'compareSolo']);
  expect(lab.asked[1]!.args).toEqual([BYTES, true]);
  expect(lab.opened()).toEqual([1, 1]);
});

test('a figure of rows that were kept aside is never the line', async () => {
  lab.answer('compareSolo', () => ({ ok: true, value: { ...WORTH, on: 'held-out' } }));
  const { alone, onLab, bring } = watched();
  bring();
  onLab();
  await vi.waitFor(() => expect(lab.opened()).toEqual([1, 1]));
  expect(names()).toEqual(['open', 'compareSolo']);
  expect(alone()).toBeNull();
});

test('a screen that goes ends it', async () => {
  lab.answer('compareSolo', () => new Promise(() => {}));
  const { onLab, bring } = watched();
  bring();
  onLab();
  await expect.poll(names).toEqual(['open', 'compareSolo']);
  expect(lab.opened()).toEqual([1, 0]);
  dispose!();
  expect(lab.opened()).toEqual([1, 1]);
});
