import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { page } from 'vitest/browser';
import { fakePeer, no, snapshotOf, type FakePeer } from '../../testing/fake-peer.ts';
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
  mounted?.dispose();
  vi.unstubAllGlobals();
});

const button = (name: string) => page.getByRole('button', { name });
const asked = () => peer.asked.filter(({ name }) => name === 'withdraw').length;

async function watch(isSteward: boolean): Promise<void> {
  mounted = mountAt(`/f/${federation.id}`, peer);
  await expect.poll(() => peer.asked.some(({ name }) => name === 'follow')).toBe(true);
  peer.publish(snapshotOf(federation.id, isSteward ? { isSteward } : {}));
  await openPart('Details');
}

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
});

test('nobody else is offered that', async () => {
  await watch(false);
  await expect.element(page.getByText('Delete what this browser keeps')).toBeVisible();
  expect(button('End').elements()).toHaveLength(0);
});
