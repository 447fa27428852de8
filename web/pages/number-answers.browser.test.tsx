/** A project whose answer is a number, on the screens that create it, score it and show its predictions. */
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { page, userEvent } from 'vitest/browser';
import { hashBytes } from '#protocol/codec';
import type { TableTask } from '#protocol/manifest/task';
import type { NumberScores } from '#workers/lab/api';
import { fakeFounding, FRESH_RELAY, GUESS } from '../testing/fake-founding.ts';
import { fakeLab, type FakeLab } from '../testing/fake-lab.ts';
import { busySnapshot, fakePeer, STATE } from '../testing/fake-peer.ts';
import { relayFetch, relayOf, testFederation, type TestFederation } from '../testing/federation.ts';
import { mountAt, mountFounding, type Mounted } from '../testing/mount.tsx';

const TASK: TableTask = {
  kind: 'table',
  columns: [{ kind: 'number', name: 'rooms', min: 0, max: 9, typical: 3 }],
  label: { name: 'rent', number: { min: 0, max: 2000, typical: 700, loss: 'huber' } },
  picture: null,
};
const between = (value: number) => ({ value, low: value * 0.9, high: value * 1.1 });
const SCORES: NumberScores = { rows: 100, mae: between(84), rmse: between(120), r2: between(0.61), guessing: 210, coverage: 0.905 };

let federation: TestFederation;
let mounted: Mounted;
let lab: FakeLab;
beforeEach(async () => {
  sessionStorage.clear();
  lab = fakeLab();
  const testSet = { hash: hashBytes(crypto.getRandomValues(new Uint8Array(8))), bytes: 100, rows: 100, synthetic: false };
  federation = await testFederation({ nonce: crypto.randomUUID(), task: TASK, testSet });
  vi.stubGlobal('fetch', relayOf(federation, { [`/api/blobs/${testSet.hash}`]: () => new Response('a test set') }));
  lab.answer('open', () => ({ ok: true, value: { round: 12, models: 11, state: STATE, typical: { rooms: '3' } } }));
  lab.answer('compareSolo', () => ({ ok: true, value: null }));
  lab.answer('score', () => ({ ok: true, value: SCORES }));
});
afterEach(async () => {
  mounted.dispose();
  vi.unstubAllGlobals();
  await page.viewport(1280, 800);
});

function open(part: string): void {
  const peer = fakePeer();
  const scores = Array.from({ length: 12 }, (_, i) => ({ round: i + 1, error: 200 - 10 * i, loss: 1.5 - i * 0.1 }));
  peer.answer('follow', () => {
    peer.publish({ ...busySnapshot(federation.id), scores, guessing: 210 });
    return { ok: true, value: { resumed: true } };
  });
  mounted = mountAt(`/f/${federation.id}${part}`, peer, lab.open);
}

test('the project says how far it is off, beside guessing, and nothing is a share of 100', async () => {
  open('');
  const result = page.getByRole('region', { name: 'How good the model is', exact: true });
  await expect.element(result.getByText('90', { exact: true })).toBeVisible();
  await expect.element(result.getByText('off the true “rent”, on average')).toBeVisible();
  await expect.poll(() => result.element().textContent).toContain('guessing: 210 off');
  expect(result.element().textContent).not.toContain('%');
});

test('an answer comes with its range, or with why there is none', async () => {
  lab.answer('predict', () => ({
    ok: true,
    value: { value: 812.4, interval: { low: 640, high: 985, rows: 100, on: 'test-set' }, seen: null },
  }));
  open('/try');
  const predict = page.getByRole('button', { name: 'Predict', exact: true });
  await predict.click();
  await expect.element(page.getByText('rent: 812', { exact: true })).toBeVisible();
  await expect.element(page.getByText('Nine out of ten such answers lie between 640 and 985.')).toBeVisible();
  await expect.element(page.getByText('Measured on 100 public rows that nobody trained on.')).toBeVisible();
  lab.answer('predict', () => ({ ok: true, value: { value: 700, interval: null, seen: null } }));
  await predict.click();
  await expect.element(page.getByText(/^No range is shown\./)).toBeVisible();
  await expect.element(page.getByText('Always saying the median is off by 210.')).toBeVisible();
  await page.getByText('Details', { exact: true }).click();
  await expect.element(page.getByText('84 (75.6 to 92.4)')).toBeVisible();
  await expect.element(page.getByText('Its 90 % ranges held for 90.5 % of rows not used to make them.')).toBeVisible();
});

test('a column of many numbers is founded as a number in the range of its sample, which can be read as classes instead', async () => {
  vi.stubGlobal('fetch', relayFetch(FRESH_RELAY));
  const founding = fakeFounding();
  const guess = {
    ...GUESS,
    columns: GUESS.columns.map((column) => ({ ...column, distinct: column.range === null ? column.distinct : 60 })),
  };
  founding.answer('infer', () => ({ ok: true, value: guess }));
  mounted = mountFounding(founding.start);
  await userEvent.upload(page.getByLabelText('Choose a sample file'), new File(['a,b\n1,2\n'], 'ships.csv', { type: 'text/csv' }));
  await page.getByLabelText('What should the model learn?').selectOptions('age');
  const kind = page.getByLabelText('What kind of answer is it?');
  await expect.element(kind).toHaveValue('number');
  await expect.element(page.getByText('age: a number from 0 to 80')).toBeVisible();
  await page.getByLabelText('Highest', { exact: true }).fill('90');
  await page.viewport(320, 800);
  expect(document.documentElement.scrollWidth).toBe(320);
  await page.getByRole('button', { name: 'Publish' }).click();
  await expect.element(page.getByRole('heading', { name: 'ships is published' })).toBeVisible();
  expect(founding.drafts().at(-1)!.task.label).toEqual({
    name: 'age',
    number: { min: 0, max: 90, typical: 28, loss: 'huber' },
    place: expect.any(Number),
  });
});
