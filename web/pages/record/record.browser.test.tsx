import axe from 'axe-core';
import { afterEach, beforeEach, expect, test, vi, type Mock } from 'vitest';
import { page } from 'vitest/browser';
import type { SequenceTask } from '#protocol/manifest/task';
import type { KeptRecording } from '#workers/api';
import { chooseTheme } from '../../state/theme.ts';
import { fakePeer, no, type FakePeer } from '../../testing/fake-peer.ts';
import { relayOf, testFederation, type TestFederation } from '../../testing/federation.ts';
import { GRAVITY, move, moves, shaken, type Wave } from '../../testing/motion-events.ts';
import { mountAt, type Mounted } from '../../testing/mount.tsx';

const axis = (name: string) => ({ name, min: -30, max: 30, typical: 0 });
const TASK: SequenceTask = {
  kind: 'sequence',
  channels: [axis('x'), axis('y'), axis('z')],
  length: 64,
  hop: 32,
  windowsMax: 16,
  recording: 'recording',
  motion: { rate: 25 },
  label: { name: 'activity', classes: ['walking', 'sitting', 'running'] },
};
let federation: TestFederation;
let mounted: Mounted | undefined;
let peer: FakePeer;
let relay: Mock<typeof fetch>;

beforeEach(async () => {
  const { privacy } = (await testFederation()).body;
  federation = await testFederation({ name: 'Movements', task: TASK, privacy: { ...privacy, unit: 'group' } });
  relay = vi.fn<typeof fetch>(relayOf(federation));
  vi.stubGlobal('fetch', relay);
  peer = fakePeer();
});
afterEach(async () => {
  mounted?.dispose();
  vi.unstubAllGlobals();
  vi.restoreAllMocks();
  Reflect.deleteProperty(navigator, 'maxTouchPoints'); // the test's own property; the browser's is on the prototype
  chooseTheme('auto');
  await page.viewport(1280, 800);
});

const button = (name: string | RegExp) => page.getByRole('button', { name });
const calls = (name: string) => peer.asked.filter((call) => call.name === name).map(({ args }) => args[0]);
const kept = () => calls('keepRecording') as KeptRecording[];
const rest: Wave = () => ({ x: 0, y: 0, z: GRAVITY });

/** Half a second without a reading ends a recording, so the next readings must come from the page's own thread. */
async function says(text: RegExp): Promise<void> {
  await expect.poll(() => document.body.textContent, { interval: 20 }).toMatch(text);
}

/** The page of a phone, after a first reading. */
async function open(): Promise<void> {
  mounted = mountAt(`/f/${federation.id}/join`, peer);
  await says(/Looking for a motion sensor…/);
  move(0, rest(0));
  await expect.element(button('Record walking')).toBeEnabled();
}

/** Presses the button, waits for the countdown to end, and lets the phone move. */
async function record(answer: string, move_: () => void): Promise<void> {
  await page.getByLabelText('What you do (activity)').selectOptions(answer);
  await button(`Record ${answer}`).click();
  await says(new RegExp(`${answer}: starts in [123]`));
  await says(new RegExp(`Recording ${answer}`));
  move_();
}

/** Lets the phone move and presses Stop after the last reading. */
function movesAndStop(wave: Wave, seconds: number): void {
  moves(wave, seconds);
  (button('Stop').element() as HTMLElement).click();
}

test('a computer without a sensor is told so, and nothing is offered but files', async () => {
  mounted = mountAt(`/f/${federation.id}/join`, peer);
  await expect.element(page.getByText('No motion sensor here')).toBeVisible();
  expect(button(/^Record /).query()).toBeNull();
  expect(button('Use these recordings').query()).toBeNull();
  await expect.element(page.getByLabelText(/^Choose a folder/)).toBeVisible();
  // The event by which a browser signals a missing sensor is not a reading.
  move(10, null);
  expect(button(/^Record /).query()).toBeNull();
});

test('a recording is counted down, ends after the time that was asked for, and is kept at the rate of the task', async () => {
  await open();
  await record('walking', () => moves(shaken(2), 12, 100));
  await expect.element(page.getByText('Recorded walking, 10 s. It stopped by itself.')).toBeVisible();
  const [recording] = kept();
  expect(recording).toMatchObject({ label: 0, rate: 25 });
  expect(recording!.values.length / 3).toBeGreaterThanOrEqual(251);
  expect(recording!.values.length / 3).toBeLessThanOrEqual(252);
  // From half a second on: the first is left out.
  const at = (moment: number) => recording!.values.slice(3 * moment, 3 * moment + 3);
  expect(at(7)[0]).toBeCloseTo(4 * Math.sin(2 * Math.PI * 2 * (0.5 + 7 / 25)), 0);
  expect(at(7)[2]).toBeCloseTo(GRAVITY, 4);
  await expect.element(page.getByText('1 recording, 10 s in all.')).toBeVisible();
});

test('recordings can be played, deleted and had back, and are there again on the next visit', async () => {
  await open();
  await page.getByLabelText('Stop', { exact: true }).selectOptions('when I press Stop');
  await record('sitting', () => movesAndStop(rest, 4));
  await expect.element(page.getByText('Recorded sitting, 3 s.')).toBeVisible();
  const play = button(/^Play sitting, 3 s/);
  await play.click();
  await expect.element(page.getByText('Acceleration along x, y and z over 3 s, from 0.0 to 9.8 m/s².')).toBeVisible();
  await button(/^Delete sitting/).click();
  await expect.element(page.getByText('Deleted 1 recording.')).toBeVisible();
  expect(calls('dropRecording')).toEqual([kept()[0]!.id]);
  expect(play.query()).toBeNull();
  await button('Undo delete').click();
  await expect.element(button(/^Play sitting/)).toBeVisible();
  expect(kept()).toHaveLength(2);
  expect(kept()[1]).toEqual(kept()[0]);
  mounted!.dispose();
  mounted = mountAt(`/f/${federation.id}/join`, peer);
  // Even if no sensor is found now.
  await expect.element(page.getByText('No motion sensor here')).toBeVisible();
  await expect.element(button(/^Play sitting/)).toBeVisible();
});

test('all recordings go to the trainer, and nowhere else', async () => {
  await open();
  await record('walking', () => moves(shaken(2), 12));
  await record('running', () => moves(shaken(4, 9), 12, 50));
  await expect.element(page.getByText('2 recordings, 20 s in all.')).toBeVisible();
  const before = relay.mock.calls.length;
  await button('Use these recordings').click();
  await expect.poll(() => calls('load')).toHaveLength(1);
  const { recordings } = calls('load')[0] as { recordings: { id: string; label: number; values: Float32Array }[] };
  expect(recordings.map(({ label }) => label)).toEqual([0, 2]);
  expect(recordings.map(({ id }) => id)).toEqual(kept().map(({ id }) => id));
  expect(Object.keys(recordings[0]!).toSorted()).toEqual(['id', 'label', 'values']);
  expect(relay.mock.calls.length).toBe(before);
});

test('a page that is hidden, or a sensor that stops, ends the recording; what came before is kept', async () => {
  await open();
  await record('walking', () => {
    moves(shaken(2), 5);
    vi.spyOn(document, 'visibilityState', 'get').mockReturnValue('hidden');
    document.dispatchEvent(new Event('visibilitychange'));
  });
  await expect.element(page.getByText(/^Recorded walking, 4 s. The page was hidden, so the recording ended there/)).toBeVisible();
  vi.restoreAllMocks();
  await record('running', () => moves(shaken(4), 3, moves(shaken(4), 6) + 0.8));
  await expect.element(page.getByText(/There was a gap of 0.8 s without a reading after 6 s. The recording ends before it/)).toBeVisible();
  await record('running', () => moves(shaken(4), 3, 100));
  await expect.element(page.getByText(/No reading came for half a second/)).toBeVisible();
  expect(kept().map(({ values }) => Math.round(values.length / 75))).toEqual([4, 5, 2]);
});

test('readings in another unit are refused, and so is a recording that is too short', async () => {
  await open();
  await record('walking', () => moves((seconds) => ({ x: 0.3 * Math.sin(seconds), y: 0, z: 1 }), 12));
  await expect.element(page.getByText(/^Nothing was kept. The readings are 1.0\d m\/s² strong/)).toBeVisible();
  await record('walking', () => movesAndStop(shaken(2), 1.2));
  await expect.element(page.getByText(/^Nothing was kept. The recording has 0.2 s/)).toBeVisible();
  expect(kept()).toEqual([]);
});

test('a countdown can be called off', async () => {
  await open();
  await button('Record walking').click();
  await expect.element(button('Cancel')).toHaveFocus();
  await button('Cancel').click();
  await expect.element(button('Record walking')).toBeEnabled();
  moves(shaken(2), 12);
  expect(kept()).toEqual([]);
});

test('where the browser asks, it asks by a click; a no is told, and what it takes', async () => {
  const ask = vi.fn<() => Promise<string>>(async () => 'prompt');
  vi.stubGlobal('DeviceMotionEvent', Object.assign(class extends DeviceMotionEvent {}, { requestPermission: ask }));
  Object.defineProperty(navigator, 'maxTouchPoints', { value: 5, configurable: true });
  mounted = mountAt(`/f/${federation.id}/join`, peer);
  await expect.element(button('Allow motion sensing')).toBeVisible();
  expect(ask).not.toHaveBeenCalled();
  await button('Allow motion sensing').click();
  await expect.element(button('Allow motion sensing')).toBeVisible(); // nobody answered
  ask.mockResolvedValue('denied');
  await button('Allow motion sensing').click();
  await expect.element(page.getByText('The browser does not let this page read movements')).toBeVisible();
  expect(button(/^Record /).query()).toBeNull();
  mounted.dispose();
  ask.mockResolvedValue('granted');
  mounted = mountAt(`/f/${federation.id}/join`, peer);
  await button('Allow motion sensing').click();
  await expect.element(page.getByText('Looking for a motion sensor…')).toBeVisible();
  move(0, rest(0));
  await expect.element(button('Record walking')).toBeEnabled();
});

test('who has allowed it before is not asked again', async () => {
  Object.defineProperty(navigator, 'maxTouchPoints', { value: 5, configurable: true });
  mounted = mountAt(`/f/${federation.id}/join`, peer);
  await expect.element(button('Allow motion sensing')).toBeVisible();
  move(0, rest(0));
  await expect.element(button('Record walking')).toBeEnabled();
});

test('a recording that cannot be kept is said to be lost with the page, and can be used', async () => {
  peer.answer('keepRecording', () => no('storage-denied', { field: 'indexedDB', got: 'QuotaExceededError' }));
  await open();
  await record('walking', () => moves(shaken(2), 12));
  await expect.element(page.getByText(/This browser could not keep it/)).toBeVisible();
  await expect.element(button(/^Play walking/)).toBeVisible();
});

test('has no accessibility problem, and fits a small phone', async () => {
  await page.viewport(320, 700);
  await open();
  await record('walking', () => moves(shaken(2), 12));
  await button(/^Play walking/).click();
  for (const theme of ['light', 'dark'] as const) {
    chooseTheme(theme);
    await expect.poll(() => document.getAnimations().filter(({ playState }) => playState === 'running')).toEqual([]);
    const { violations } = await axe.run(document.querySelector('.record')!);
    expect(violations.map(({ id, nodes }) => `${id}: ${nodes[0]?.html}`)).toEqual([]);
  }
  expect(document.documentElement.scrollWidth).toBeLessThanOrEqual(320);
});
