import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { page } from 'vitest/browser';
import type { Snapshot } from '#workers/api';
import { forgetTakenPart, noteTakenPart, tookPart } from '../../state/taken-part.ts';
import { fakeLab } from '../../testing/fake-lab.ts';
import { busySnapshot, fakePeer, no, snapshotOf, type FakePeer } from '../../testing/fake-peer.ts';
import { relayOf, testFederation, type TestFederation } from '../../testing/federation.ts';
import { mountAt, openPart, type Mounted } from '../../testing/mount.tsx';

let federation: TestFederation;
let mounted: Mounted | undefined;
let peer: FakePeer;

beforeEach(async () => {
  federation = await testFederation();
  vi.stubGlobal('fetch', relayOf(federation));
  peer = fakePeer();
});
afterEach(() => {
  forgetTakenPart();
  mounted?.dispose();
  vi.unstubAllGlobals();
});

const button = (name: string) => page.getByRole('button', { name });
const asked = () => peer.asked.filter(({ name }) => name === 'withdraw').length;

async function show(snapshot: Snapshot): Promise<void> {
  mounted = mountAt(`/f/${federation.id}`, peer);
  await expect.poll(() => peer.asked.some(({ name }) => name === 'follow')).toBe(true);
  peer.publish(snapshot);
}

async function watch(isSteward: boolean): Promise<void> {
  await show(snapshotOf(federation.id, isSteward ? { isSteward } : {}));
  await openPart('Details');
}
const screen = () => page.getByRole('main');
const links = () =>
  screen()
    .getByRole('link')
    .elements()
    .map(({ textContent }) => textContent);

test('whoever founded it here ends it after a second press, and is told that it has ended', async () => {
  await watch(true);
  peer.answer('withdraw', () => no('unreachable', { field: 'relay' }));
  await button('End').click();
  await button('Keep it going').click();
  expect(asked()).toBe(0);
  await button('End').click();
  await button('End it for everyone, for good').click();
  await expect.element(page.getByRole('alert')).toBeVisible();
  peer.answer('withdraw', () => {
    peer.publish(snapshotOf(federation.id, { activity: 'ended' }));
    return { ok: true, value: null };
  });
  await button('End').click();
  await button('End it for everyone, for good').click();
  await expect.element(page.getByText('Ended', { exact: true })).toBeVisible();
  await expect.element(page.getByText('Its founder has ended this project.', { exact: false }).first()).toBeVisible();
  expect(asked()).toBe(2);
  expect(button('End').elements()).toHaveLength(0);
  expect(page.getByRole('link', { name: 'Join' }).elements()).toHaveLength(0);
  expect(document.activeElement).not.toBe(document.body);
});

test('without a model there is nothing to wait for, to try or to list, only other projects', async () => {
  noteTakenPart(federation.id, 'Handwritten digits');
  await show(snapshotOf(federation.id, { activity: 'ended', made: 3 })); // others made it, and it never came here
  await expect.element(page.getByText('Ended', { exact: true })).toBeVisible();
  await expect.element(screen()).toMatchTextContent(/Its founder has ended this project\. There is no model of it in this browser\./);
  await expect.element(screen()).not.toMatchTextContent(/are here|stays yours|after the first round|appears once|\d of \d/);
  expect(links()).toEqual(['See the projects']);
  const parts = page.getByRole('group', { name: 'More about this project' }).getByRole('button');
  expect(parts.elements().map(({ textContent }) => textContent)).toEqual(['Privacy', 'Details']);
  expect(tookPart(federation.id)).toBe(false);
});

test('with a model it stays to try and to take along, and no time is told that it lasts', async () => {
  noteTakenPart(federation.id, 'Handwritten digits');
  await show({ ...busySnapshot(federation.id), activity: 'ended', data: null, peers: [] });
  await expect.element(screen()).toMatchTextContent(/84.5 %.*Its founder has ended this project\. The model stays yours to try\./);
  await expect.element(button('Download the model')).toBeVisible();
  expect(links()).toContain('Try it');
  expect(tookPart(federation.id)).toBe(true);
  await openPart('Privacy');
  await expect.element(screen()).toMatchTextContent(/There are no more rounds\. Nothing more will be used\./);
  await expect.element(screen()).not.toMatchTextContent(/lasts about|Enough for/);
});

test('nobody else is offered that', async () => {
  await watch(false);
  await expect.element(page.getByText('Delete what this browser keeps')).toBeVisible();
  expect(button('End').elements()).toHaveLength(0);
});

test('the page to try a model promises none that will not come', async () => {
  const lab = fakeLab();
  lab.answer('open', () => ({ ok: true, value: { round: 0, models: 0, state: null, typical: {} } }));
  peer.answer('download', () => no('not-found', { field: 'model' }));
  mounted = mountAt(`/f/${federation.id}/try`, peer, lab.open);
  await expect.element(page.getByText(/will send one/)).toBeVisible();
  peer.publish(snapshotOf(federation.id, { activity: 'ended' }));
  await expect.element(page.getByText(/There is no model of it in this browser/)).toBeVisible();
  expect(page.getByText(/will send one|learned nothing yet/).query()).toBeNull();
  expect(screen().getByRole('button').elements()).toEqual([]);
  await expect.element(page.getByText('Try a model file instead')).toBeVisible();
});
