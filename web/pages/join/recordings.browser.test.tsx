import axe from 'axe-core';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { page, userEvent } from 'vitest/browser';
import type { DataReport } from '#workers/api';
import { fakeLab, type FakeLab } from '../../testing/fake-lab.ts';
import { busySnapshot, fakePeer, no, REPORT, type FakePeer } from '../../testing/fake-peer.ts';
import { relayOf, type TestFederation } from '../../testing/federation.ts';
import { mountAt, type Mounted } from '../../testing/mount.tsx';
import { sequenceFederation } from '../../testing/sequences.ts';

let federation: TestFederation;
let mounted: Mounted | undefined;
let peer: FakePeer;
let lab: FakeLab;

beforeEach(async () => {
  federation = await sequenceFederation();
  vi.stubGlobal('fetch', relayOf(federation));
  peer = fakePeer();
  lab = fakeLab();
});
afterEach(async () => {
  mounted?.dispose();
  vi.unstubAllGlobals();
  await page.viewport(1280, 800);
});

const join = () => (mounted = mountAt(`/f/${federation.id}/join`, peer, lab.open));
const loaded = () => peer.asked.filter(({ name }) => name === 'load').map(({ args }) => args);
const csv = (name: string) => new File(['a,b\n1,2\n'], name, { type: 'text/csv' });
const found: DataReport = {
  ...REPORT,
  name: 'walks',
  rows: 300,
  units: 120,
  heldOut: 30,
  columns: 0,
  classCounts: [170, 160],
  findings: [
    {
      code: 'recording-short',
      action: 'read-as',
      column: null,
      count: 2,
      rows: [],
      expected: '32 moments',
      got: "'w 3.csv': 20 moments",
      readAs: 'x',
    },
  ],
};

test('recordings are chosen as files or a folder, and told of as windows and recordings', async () => {
  peer.answer('load', () => ({ ok: true, value: found }));
  join();
  await expect.element(page.getByLabelText('Choose a folder of recordings')).toBeVisible();
  expect(page.getByLabelText('Choose a CSV file').query()).toBeNull();
  await page.getByText('What it reads').click();
  await expect.element(page.getByText('anchor 1: a number from -1 to 1')).toBeVisible();
  await expect.element(page.getByText(/Windows of 32 moments. A new one starts every 16/)).toBeVisible();
  await expect.element(page.getByText(/columns walk, anchor 1, anchor 2, anchor 3, anchor 4 and way/)).toBeVisible();
  await userEvent.upload(page.getByLabelText('Choose CSV files'), [csv('w 1.csv'), csv('target.csv')]);
  await expect.poll(() => loaded()).toHaveLength(1);
  expect((loaded()[0]![0] as { recordingFiles: File[] }).recordingFiles.map(({ name }) => name)).toEqual(['w 1.csv', 'target.csv']);
  const report = page.getByRole('status').filter({ hasText: '120 recordings read from walks' });
  await expect.element(report).toMatchTextContent(/30 windows are kept aside\..*Windows300.*Recordings120.*Windows by answer/);
  await expect
    .element(report)
    .toMatchTextContent(/2 recordings are shorter than a window of 32 moments. The first is 'w 3.csv': 20 moments/);
});

test('the budget and the consent speak of recordings', async () => {
  peer.answer('load', () => ({ ok: true, value: found }));
  join();
  await userEvent.upload(page.getByLabelText('Choose CSV files'), [csv('all.csv')]);
  await expect.element(page.getByText('Each recording is protected, not each person.')).toBeVisible();
  await expect.element(page.getByText(/What each recording adds is limited, then blurred/)).toBeVisible();
  await page.getByText('What this means').click();
  await expect.element(page.getByText(/whether one recording of yours took part/)).toBeVisible();
  await expect.element(page.getByText(/What each recording adds is limited to C = /)).toBeVisible();
});

test('too many windows: a part of the recordings is offered', async () => {
  peer.answer('load', () => no('rows-too-many', { expected: 'at most 4,000 windows', got: '20000' }));
  join();
  await userEvent.upload(page.getByLabelText('Choose CSV files'), [csv('all.csv')]);
  await page.getByRole('button', { name: 'Use about 1 recording in 6' }).click();
  await expect.poll(() => loaded().at(-1)?.[2]).toBeCloseTo(1 / 6);
});

test('a model is tried on files of recordings, which are named in the answer; there is no form', async () => {
  const first = [{ row: 1, mark: 'w 1.csv', best: 1, probability: 0.75 }];
  lab.answer('predictRecordings', () => ({
    ok: true,
    value: { name: 'recordings-predictions.csv', rows: 1, leftOut: 0, csv: new Blob(['x']), first },
  }));
  peer.answer('follow', () => {
    peer.publish(busySnapshot(federation.id));
    return { ok: true, value: { resumed: true } };
  });
  mounted = mountAt(`/f/${federation.id}/try`, peer, lab.open);
  await expect.element(page.getByText(/A recording is too long to type in/)).toBeVisible();
  expect(page.getByRole('button', { name: 'Predict', exact: true }).query()).toBeNull();
  await userEvent.upload(page.getByLabelText('Choose files of recordings to predict'), [csv('w 1.csv')]);
  await expect.element(page.getByText('1 recording has a prediction.')).toBeVisible();
  await expect.element(page.getByRole('row', { name: 'w 1.csv leaves 75.0 %' })).toBeVisible();
  expect((lab.asked.find(({ name }) => name === 'predictRecordings')!.args[0] as File[]).map(({ name }) => name)).toEqual(['w 1.csv']);
});

test.each(['join', 'try'])('at 320 px the page to %s scrolls nowhere sideways, and axe is content', async (where) => {
  await page.viewport(320, 640);
  peer.answer('load', () => ({ ok: true, value: found }));
  mounted = mountAt(`/f/${federation.id}/${where}`, peer, lab.open);
  await expect.element(page.getByText(where === 'join' ? 'Choose CSV files' : /A recording is too long/)).toBeVisible();
  if (where === 'join') await userEvent.upload(page.getByLabelText('Choose CSV files'), [csv('all.csv')]);
  expect(document.documentElement.scrollWidth).toBeLessThanOrEqual(document.documentElement.clientWidth);
  const { violations } = await axe.run(document.querySelector('main')!);
  expect(violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ target }) => target.join()).join()}`)).toEqual([]);
});
