import axe from 'axe-core';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { page, userEvent } from 'vitest/browser';
import { fakeFounding, FRESH_RELAY, RECORDINGS, type FakeFounding } from '../../testing/fake-founding.ts';
import { no } from '../../testing/fake-peer.ts';
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
const csv = (name: string) => new File(['a,b\n1,2\n'], name, { type: 'text/csv' });
const card = (name: string) => page.getByRole('list').getByText(name, { exact: true }).first();

async function withSample(): Promise<void> {
  await radio('Recordings').click();
  await userEvent.upload(page.getByLabelText('Choose CSV files'), [csv('w 1.csv'), csv('target.csv')]);
  await expect.element(page.getByText('Read 40 recordings of walks, with 3 columns of numbers.')).toBeVisible();
}

test('a sample of recordings becomes a task with channels, windows and a network of layers', async () => {
  await withSample();
  const asked = founding.asked.find(({ name }) => name === 'inferRecordings')!.args[0] as File[];
  expect(asked.map(({ name }) => name)).toEqual(['w 1.csv', 'target.csv']);
  await openExpert();
  await expect.element(page.getByLabelText('Model', { exact: true })).toHaveValue('layers');
  await card('side').click();
  await userEvent.fill(page.getByLabelText('Highest'), '180');
  await card('side').click();
  await card('time').click();
  await page.getByLabelText('The model reads it').first().click();
  await page.getByLabelText('Publish some recordings of my sample').click();
  await userEvent.fill(page.getByLabelText('Share of the sample’s recordings, in percent'), '25');
  await expect.element(page.getByText('Up to 10 recordings become public, chosen at random.')).toBeVisible();
  await page.getByRole('button', { name: 'Publish' }).click();
  await expect.poll(() => founding.drafts()).toHaveLength(1);
  expect(founding.drafts()[0]).toMatchObject({
    name: 'walks',
    description: 'Learns to predict “way” (left, right) from recordings of 3 measurements, in windows of 32 moments.',
    task: {
      kind: 'sequence',
      channels: [
        { name: 'time', min: 0, max: 5000 },
        { name: 'front', min: -1, max: 1 },
        { name: 'side', min: 0, max: 180, typical: 20 },
      ],
      length: 32,
      hop: 16,
      windowsMax: 2,
      recording: 'walk',
      label: { name: 'way', classes: ['left', 'right'] },
    },
    policy: { hidden: [], layers: true },
    testShare: 0.25,
  });
  expect(founding.drafts()[0]!.consent).toMatch(/Your recordings stay on this device.*keep every single recording within/s);
});

test('a wrong range opens its channel and is said there; a file that is none is refused at the field', async () => {
  await withSample();
  founding.answer('check', () => ({
    ok: true,
    value: [{ field: 'task.channels.1.max', code: 'field-invalid', expected: 'a number above 0' }],
  }));
  await page.getByRole('button', { name: 'Publish' }).click();
  const highest = page.getByLabelText('Highest');
  await expect.poll(() => document.activeElement).toBe(highest.element());
  await expect.element(highest).toHaveValue('200');
  founding.answer('inferRecordings', () => no('column-missing', { field: 'recording', expected: 'a column', got: 'columns a, b' }));
  await userEvent.upload(page.getByLabelText('Choose CSV files'), [csv('a.csv')]);
  await expect.element(page.getByRole('alert').first()).toBeVisible();
  await expect.element(page.getByLabelText('Choose CSV files')).toHaveAttribute('aria-invalid', 'true');
});

test('recordings that repeat a person are said with what ε is for the person', async () => {
  founding.answer('inferRecordings', () => ({ ok: true, value: { ...RECORDINGS, backwards: 2, person: { name: 'who', recordings: 12 } } }));
  await withSample();
  await expect.element(page.getByText('In 2 recordings, time runs backwards. They would be left out.')).toBeVisible();
  await expect.element(page.getByText('Each “who” has about 12 recordings.', { exact: false })).toBeVisible();
  await expect.element(page.getByText('ε is about 120 for each “who”.').first()).toBeVisible();
  await expect.element(page.getByText('ε about 120 for each “who” with 12 recordings')).toBeVisible();
});

test('pictures may have a network of layers, which a table may not', async () => {
  const model = page.getByLabelText('Model', { exact: true });
  await radio('Pictures').click();
  await openExpert();
  await userEvent.selectOptions(model, 'A small convolutional network');
  await radio('Table').click();
  await page.getByRole('button', { name: 'Describe a table by hand' }).click();
  await expect.element(model).toHaveValue('logistic');
  expect(page.getByText('A small convolutional network').query()).toBeNull();
});

test('at 320 px nothing scrolls sideways, and axe is content', async () => {
  await page.viewport(320, 640);
  await withSample();
  await openExpert();
  await card('side').click();
  expect(document.documentElement.scrollWidth).toBeLessThanOrEqual(document.documentElement.clientWidth);
  const { violations } = await axe.run(document.querySelector('main')!);
  expect(violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ target }) => target.join()).join()}`)).toEqual([]);
});
