import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { page, userEvent } from 'vitest/browser';
import { chooseThreads } from '../../state/threads.ts';
import { fakePeer, snapshotOf, type FakePeer } from '../../testing/fake-peer.ts';
import { relayOf, testFederation, type TestFederation } from '../../testing/federation.ts';
import { mountAt, openPart, type Mounted } from '../../testing/mount.tsx';

let federation: TestFederation;
let mounted: Mounted | undefined;
let peer: FakePeer;

beforeEach(async () => {
  federation = await testFederation();
  vi.stubGlobal('fetch', relayOf(federation));
  peer = fakePeer();
  peer.answer('follow', () => ({ ok: true, value: { resumed: true } }));
});
afterEach(() => {
  mounted?.dispose();
  vi.unstubAllGlobals();
  vi.restoreAllMocks();
  chooseThreads(1);
  localStorage.removeItem('mesh-threads');
});

const asked = (name: string) => peer.asked.filter((call) => call.name === name).map((call) => call.args);

async function train(coresHere: number, mirror = false): Promise<void> {
  vi.spyOn(navigator, 'hardwareConcurrency', 'get').mockReturnValue(coresHere);
  mounted = mountAt(`/f/${federation.id}`, peer);
  await expect.poll(() => asked('follow')).toHaveLength(1);
  peer.publish(snapshotOf(federation.id, { mirror }));
  await openPart('Details');
}

test('a person chooses how many cores train; the choice is kept in this browser, and one core stays free', async () => {
  await train(8);
  const slider = page.getByLabelText('Processor cores for training');
  await expect.element(slider).toHaveAttribute('max', '7');
  await expect.element(slider).toHaveAttribute('aria-valuetext', '1 core');
  await userEvent.click(slider);
  slider.element().focus();
  await userEvent.keyboard('{End}');
  await expect.element(slider).toHaveAttribute('aria-valuetext', '7 cores');
  await expect.element(page.getByText('7 cores', { exact: true })).toBeVisible();
  expect(asked('threads').at(-1)).toEqual([7]);
  expect(localStorage.getItem('mesh-threads')).toBe('7');
  await expect.element(page.getByText(/One of 8 stays free/)).toBeVisible();
});

test('a device with two cores trains on one, and is told so', async () => {
  await train(2);
  await expect.element(page.getByText('Training uses one core of this device.')).toBeVisible();
  expect(page.getByLabelText('Processor cores for training').elements()).toHaveLength(0);
});

test('a tab that mirrors another has nothing to choose', async () => {
  await train(8, true);
  await expect.element(page.getByRole('heading', { level: 1 })).toBeVisible();
  expect(page.getByText('This device', { exact: true }).elements()).toHaveLength(0);
});
