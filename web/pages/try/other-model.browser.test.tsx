import axe from 'axe-core';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { page } from 'vitest/browser';
import { hashBytes } from '#protocol/codec';
import type { TableTask } from '#protocol/manifest/task';
import { fakeLab, type FakeLab } from '../../testing/fake-lab.ts';
import { busySnapshot, fakePeer, no, STATE, type FakePeer } from '../../testing/fake-peer.ts';
import { relayOf, testFederation, type TestFederation } from '../../testing/federation.ts';
import { mountAt, type Mounted } from '../../testing/mount.tsx';

const TABLE: TableTask = {
  kind: 'table',
  columns: [
    { kind: 'number', name: 'age', min: 0, max: 90, typical: 30 },
    { kind: 'category', name: 'class', values: ['first', 'second'], others: true },
    { kind: 'number', name: 'fare', min: 0, max: 1, missing: 'fill' },
  ],
  label: { name: 'lived', classes: ['no', 'yes'] },
  picture: null,
};

const TYPICAL = { age: '30', class: 'first', fare: '0.5' };

let federation: TestFederation;
let mounted: Mounted | undefined;
let peer: FakePeer;
let lab: FakeLab;

beforeEach(() => {
  peer = fakePeer();
  lab = fakeLab();
});
afterEach(() => {
  mounted?.dispose();
  vi.unstubAllGlobals();
  delete document.documentElement.dataset['theme'];
});

/** A relay with one federation of tables and a unique test set, so that no test finds another's in a cache. */
async function serve(): Promise<void> {
  const hash = hashBytes(crypto.getRandomValues(new Uint8Array(8)));
  const testSet = { hash, bytes: 100, rows: 100, synthetic: true };
  federation = await testFederation({ nonce: crypto.randomUUID(), task: TABLE, testSet });
  vi.stubGlobal('fetch', relayOf(federation, { [`/api/blobs/${hash}`]: () => new Response('a test set') }));
  lab.answer('open', () => ({ ok: true, value: { round: 12, models: 11, state: STATE, typical: TYPICAL } }));
}

function open(): void {
  peer.answer('follow', () => {
    peer.publish(busySnapshot(federation.id));
    return { ok: true, value: { resumed: true } };
  });
  mounted = mountAt(`/f/${federation.id}/try`, peer, lab.open);
}
const button = (name: string) => page.getByRole('button', { name, exact: true });
const region = (name: string) => page.getByRole('region', { name, exact: true });
const askedOf = (name: string) => lab.asked.filter((call) => call.name === name);

test('a file of a person’s own takes the place of the model, and gives it back with the row that was asked about', async () => {
  await serve();
  lab.answer('openFile', () => ({
    ok: true,
    value: { ours: false, name: 'Other', round: 4, classes: ['yes', 'no'], otherNetwork: true, typical: TYPICAL },
  }));
  const scored = (v: number) => ({ value: v, low: v - 0.02, high: v + 0.02 });
  const judged = (v: number) => ({ rows: 50, accuracy: scored(v), auroc: null, auprc: null, brier: scored(v) });
  const comparison = { rows: 50, mesh: { accuracy: 0.9 }, solo: { accuracy: 0.6 }, guessing: 0.5, better: 'mesh' } as const;
  const own = { units: 50, comparison, mesh: judged(0.9), solo: judged(0.6), calibration: { mesh: [], solo: [] }, subgroups: null };
  lab.answer('check', () => ({ ok: true, value: own }));
  open();
  await page.getByLabelText('age').fill('41');
  await page.getByText('Try a model file instead').click();
  expect(page.getByRole('table', { name: 'The tensors of this network' }).getByRole('row').elements()[1]!.textContent).toMatch(
    /^layer1.weight5 × /,
  );
  await page.getByLabelText('Choose a model file (.safetensors)').upload(new File(['x'], 'mine.safetensors'));
  await expect.element(page.getByText('Your file mine.safetensors.')).toBeVisible();
  expect((askedOf('openFile')[0]!.args[2] as File).name).toBe('mine.safetensors');
  await expect.element(page.getByText('It says that it belongs to “Other”. Nothing here proves that.')).toBeVisible();
  await expect.element(page.getByText(/it has different answers: yes, no\./)).toBeVisible();
  await expect.element(page.getByText(/Its answers here can be wrong/)).toBeVisible();
  // It is judged on the public test set; statements about the training do not apply to a file.
  await expect.poll(() => askedOf('score')).toHaveLength(2);
  for (const name of ['Is joining worth it?', 'Download']) expect(region(name).query()).toBeNull();
  await button('Check on my rows').click();
  const check = region('My own check');
  await expect.element(check).toMatchTextContent(/your file is better/);
  expect(
    check
      .getByRole('columnheader')
      .elements()
      .slice(0, 3)
      .map((cell) => cell.textContent),
  ).toEqual(['Measure', 'Your file', 'Alone']);
  await button('Predict').click();
  await expect.poll(() => askedOf('predict')).toHaveLength(1);
  // A newer model waits while the file is open.
  const opened = askedOf('open').length;
  peer.publish({ ...busySnapshot(federation.id), round: 15, state: `${STATE}15` as typeof STATE });
  await expect.poll(() => peer.asked.filter(({ name }) => name === 'download')).toHaveLength(2);
  await expect.element(page.getByText('Your file mine.safetensors.')).toBeVisible();
  expect(button('Use the newer model').query()).toBeNull();
  expect(askedOf('open')).toHaveLength(opened);
  lab.answer('open', () => ({ ok: true, value: { round: 15, models: 14, state: STATE, typical: TYPICAL } }));
  await button('Back to the project’s model').click();
  await expect.element(page.getByText('Model 14 of 80, made in round 15.')).toBeVisible();
  await expect.poll(() => askedOf('predict')).toHaveLength(2);
  expect(askedOf('predict')[1]!.args).toEqual([{ cells: { age: '41', class: 'first', fare: '0.5' } }]);
  // Results of the file are not shown for the model.
  expect(check.getByRole('table').elements()).toEqual([]);
  await expect.element(region('Download')).toBeVisible();
});

test('a file that is no model of this network is refused at its field, with the tensor, and what was open stays', async () => {
  await serve();
  lab.answer('openFile', () => no('model-unfit', { field: 'model.layer1.weight', expected: 'F32 [64, 32]', got: 'F32 [784, 32]' }));
  open();
  await page.getByText('Try a model file instead').click();
  const field = page.getByLabelText('Choose a model file (.safetensors)');
  await field.upload(new File(['x'], 'wide.safetensors'));
  await expect.element(page.getByRole('alert')).toMatchTextContent(/model.layer1.weight.*F32 \[64, 32\].*F32 \[784, 32\]/s);
  await expect.element(field).toHaveAttribute('aria-invalid', 'true');
  await expect.element(page.getByText('Model 11 of 80, made in round 12.')).toBeVisible();
  lab.answer('openFile', () => ({
    ok: true,
    value: { ours: null, name: null, round: null, classes: null, otherNetwork: false, typical: TYPICAL },
  }));
  await field.upload(new File(['x'], 'right.safetensors'));
  await expect.element(page.getByText('Your file right.safetensors.')).toBeVisible();
  expect(page.getByRole('alert').query()).toBeNull();
});

test('an opened file is clean by axe in both themes, and never wider than its window', async () => {
  await serve();
  lab.answer('openFile', () => ({
    ok: true,
    value: { ours: false, name: 'x'.repeat(80), round: 4, classes: ['y'.repeat(80)], otherNetwork: true, typical: TYPICAL },
  }));
  open();
  await page.getByText('Try a model file instead').click();
  const field = page.getByLabelText('Choose a model file (.safetensors)');
  await field.upload(new File(['x'], `${'long'.repeat(20)}.safetensors`));
  await expect.element(page.getByText(/^Your file long/)).toBeVisible();
  lab.answer('openFile', () => no('model-unfit', { field: `model.${'z'.repeat(64)}`, expected: 'no such tensor', got: '[3]' }));
  await field.upload(new File(['x'], 'more.safetensors'));
  await expect.element(page.getByRole('alert')).toBeVisible();
  for (const scheme of ['light', 'dark']) {
    document.documentElement.dataset['theme'] = scheme;
    for (const width of [320, 1280]) {
      await page.viewport(width, 800);
      expect(document.documentElement.scrollWidth).toBeLessThanOrEqual(width);
    }
    // A colour in transition belongs to neither theme.
    await expect.poll(() => document.getAnimations().filter(({ playState }) => playState === 'running')).toEqual([]);
    const { violations } = await axe.run(document.querySelector('main')!, {
      runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa'],
    });
    expect(violations.map(({ id, nodes }) => [id, nodes[0]?.html])).toEqual([]);
  }
});
