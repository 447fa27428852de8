import axe from 'axe-core';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { page } from 'vitest/browser';
import type { Snapshot } from '#workers/api';
import { busySnapshot, fakePeer, offerOf, REPORT, type FakePeer } from '../../testing/fake-peer.ts';
import { relayOf, testFederation, type TestFederation } from '../../testing/federation.ts';
import { mountAt, openMenu, openPart, type Mounted } from '../../testing/mount.tsx';

let federation: TestFederation;
let mounted: Mounted | undefined;
let peer: FakePeer;

beforeEach(async () => {
  sessionStorage.clear();
  federation = await testFederation();
  vi.stubGlobal('fetch', relayOf(federation));
  peer = fakePeer();
});
afterEach(() => {
  mounted?.dispose();
  vi.unstubAllGlobals();
});

const spending = (spent: number, patch: Partial<Snapshot> = {}): Snapshot => ({
  ...busySnapshot(federation.id),
  budget: { epsilon: 0.5, spent, delta: 1e-5, roundsLeft: 7 },
  ...patch,
});

function openAs(snapshot: Snapshot): void {
  peer.answer('follow', () => {
    peer.publish(snapshot);
    return { ok: true, value: { resumed: !snapshot.mirror } };
  });
  mounted = mountAt(`/f/${federation.id}`, peer);
}

const warning = () => page.getByText('80 % of your privacy allowance is used');

test('at four fifths of the budget it is announced politely, once, and put away for good', async () => {
  openAs(spending(0.399));
  await expect.element(page.getByRole('meter')).toBeVisible();
  expect(warning().query()).toBeNull();
  peer.publish(spending(0.4));
  await expect.element(warning()).toBeVisible();
  expect(warning().element().closest('[role=status]')).not.toBeNull();
  await expect.element(page.getByText(/ε 0.4 of 0.5 is used. It pays for 7 more rounds/)).toBeVisible();
  await page.getByRole('button', { name: 'Got it' }).click();
  peer.publish(spending(0.45));
  await expect.element(page.getByText('90 % of your privacy allowance used')).toBeVisible();
  expect(warning().query()).toBeNull();
  mounted!.dispose();
  peer = fakePeer();
  openAs(spending(0.46));
  await expect.element(page.getByText('92 % of your privacy allowance used')).toBeVisible();
  expect(warning().query()).toBeNull();
});

test('who has nothing to spend, or has spent all, is not told to mind the rest', async () => {
  openAs(spending(0.5, { activity: 'budget-spent' }));
  await openPart('Privacy');
  await expect.element(page.getByRole('region', { name: 'Your privacy allowance is used' })).toBeVisible();
  expect(warning().query()).toBeNull();
});

test('a spent budget leaves the model to use, and says what more the federation permits and what that buys', async () => {
  peer.answer('offer', (epsilon) => ({ ok: true, value: offerOf({ epsilon, rounds: 33, spent: 0.5 }) }));
  openAs(spending(0.5, { activity: 'budget-spent' }));
  await openPart('Privacy');
  const spent = page.getByRole('region', { name: 'Your privacy allowance is used' });
  await expect.element(spent).toMatchTextContent(/up to ε 1: 33 more rounds with these rows.*at most 74 % sure/);
  await expect.element(spent).toMatchTextContent(/new rows.*more noise.*leave first/);
  expect(peer.asked.filter(({ name }) => name === 'offer').map(({ args }) => args)).toEqual([[1]]);
  expect(spent.getByRole('link', { name: 'Try it' }).element().getAttribute('href')).toBe(`/f/${federation.id}/try`);
  await openMenu();
  await expect.element(page.getByRole('button', { name: 'Leave now' })).toBeVisible();
  const { violations } = await axe.run(document.querySelector('main')!);
  expect(violations.map(({ id }) => id)).toEqual([]);
});

test('it promises nothing that the federation does not permit', async () => {
  peer.answer('offer', (epsilon) => ({ ok: true, value: offerOf({ epsilon, rounds: 0, spent: 0.5 }) }));
  openAs(spending(0.5, { activity: 'budget-spent' }));
  await openPart('Privacy');
  await expect.element(page.getByText(/Even ε 1, the most here, does not pay for another round/)).toBeVisible();
  mounted!.dispose();
  peer = fakePeer();
  const all = { epsilon: 1, spent: 1, delta: 1e-5, roundsLeft: 0 };
  openAs(spending(1, { activity: 'budget-spent', budget: all }));
  await openPart('Privacy');
  await expect.element(page.getByText(/used all the privacy this project allows, ε 1/)).toBeVisible();
  expect(peer.asked.map(({ name }) => name)).not.toContain('offer');
});

test('the way to the privacy report is there for members, watchers and those who left', async () => {
  openAs(spending(0.1));
  await openPart('Privacy');
  for (const activity of ['training', 'left', 'budget-spent'] as const) {
    peer.publish(spending(0.1, { activity }));
    const link = page.getByRole('link', { name: 'See my privacy report' });
    await expect.element(link).toBeVisible();
    expect(link.element().getAttribute('href')).toBe(`/f/${federation.id}/report`);
  }
});

test('a δ of one in as many rows as are brought is called what it is, before anything is agreed to', async () => {
  federation = await testFederation({ privacy: { ...federation.body.privacy, delta: 1e-4, rowsMax: 20_000 } });
  vi.stubGlobal('fetch', relayOf(federation));
  const many = { ...REPORT, rows: 10_000, units: 10_000 };
  peer.answer('load', () => ({ ok: true, value: many }));
  mounted = mountAt(`/f/${federation.id}/join`, peer);
  await page.getByRole('button', { name: 'Use the sample, part 1' }).click();
  await expect.element(page.getByText(/This protects nobody/)).toBeVisible();
  await expect.element(page.getByText(/δ is 1 in 10,000, and you bring 10,000 rows.*fewer than 10,000/)).toBeVisible();
  peer.answer('load', () => ({ ok: true, value: { ...many, rows: 9999, units: 9999 } }));
  await page.getByText('Choose other data').click();
  await page.getByRole('button', { name: 'Use the sample, part 1' }).click();
  await expect.element(page.getByText(/This protects nobody/)).not.toBeInTheDocument();
});
