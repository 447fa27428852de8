import axe from 'axe-core';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { page, userEvent } from 'vitest/browser';
import { fakeFounding, FRESH_RELAY, type FakeFounding } from '../../testing/fake-founding.ts';
import { relayFetch } from '../../testing/federation.ts';
import { mountFounding, type Mounted } from '../../testing/mount.tsx';

let founding: FakeFounding;
let mounted: Mounted;

beforeEach(() => {
  sessionStorage.clear();
  vi.stubGlobal('fetch', relayFetch(FRESH_RELAY));
  founding = fakeFounding();
  mounted = mountFounding(founding.start);
});
afterEach(async () => {
  mounted.dispose();
  vi.unstubAllGlobals();
  await page.viewport(1280, 800);
});

const radio = (name: string) => page.getByRole('radio', { name });
const openExpert = () => page.getByText('Expert settings').click();

test('movements recorded with phones need the names of activities and nothing else', async () => {
  await radio('Phone movement').click();
  await openExpert();
  await expect.element(page.getByLabelText('Model', { exact: true })).toHaveValue('layers');
  expect(page.getByLabelText('Choose CSV files').query()).toBeNull();
  expect(page.getByLabelText('Moments per window').query()).toBeNull();
  await userEvent.fill(page.getByLabelText('What should the model learn?'), 'walking\nsitting\nrunning');
  await page.getByRole('button', { name: 'Publish' }).click();
  await expect.poll(() => founding.drafts()).toHaveLength(1);
  const [draft] = founding.drafts();
  const axis = (name: string) => ({ name, min: -30, max: 30, typical: 0 });
  expect(draft!.task).toEqual({
    kind: 'sequence',
    channels: [axis('x'), axis('y'), axis('z')],
    length: 64,
    hop: 32,
    windowsMax: 16,
    recording: 'recording',
    motion: { rate: 25 },
    label: { name: 'activity', classes: ['walking', 'sitting', 'running'] },
  });
  expect(draft).toMatchObject({ name: 'Movements', policy: { layers: true, rowsEach: 40 }, testShare: 0 });
});

test('who changes to files of recordings begins anew, and back', async () => {
  await radio('Phone movement').click();
  await openExpert();
  await expect.element(page.getByText(/Phones read acceleration along x, y and z, 25 times a second/)).toBeVisible();
  await radio('Recordings').click();
  await expect.element(page.getByLabelText('Choose CSV files')).toBeVisible();
  expect(page.getByText(/Phones read acceleration/).query()).toBeNull();
  await radio('Phone movement').click();
  await expect.element(page.getByText(/Phones read acceleration/)).toBeVisible();
});

test('fits a small phone, without an accessibility problem', async () => {
  await page.viewport(320, 700);
  await radio('Phone movement').click();
  await openExpert();
  await expect.element(page.getByText(/Phones read acceleration/)).toBeVisible();
  const { violations } = await axe.run(document.querySelector('.create')!);
  expect(violations.map(({ id, nodes }) => `${id}: ${nodes[0]?.html}`)).toEqual([]);
  expect(document.documentElement.scrollWidth).toBeLessThanOrEqual(320);
});
