import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { page, userEvent } from 'vitest/browser';
import type { Snapshot } from '#workers/api';
import { forgetTakenPart, goesOnWith, tookPart } from '../state/taken-part.ts';
import { busySnapshot, fakePeer, no, SEAT, snapshotOf, type FakePeer } from '../testing/fake-peer.ts';
import { relayOf, testFederation, type TestFederation } from '../testing/federation.ts';
import { mountAt, openMenu, openPart, type Mounted } from '../testing/mount.tsx';

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
/** Calls that a person made; the page asks for the ledger and the newest model by itself. */
const names = () => peer.asked.map((call) => call.name).filter((name) => name !== 'ledger' && name !== 'download');
/** The made-up model's bytes are invalid, which shows another alert before or after this one. */
const alert = (text: RegExp) => page.getByRole('alert').filter({ hasText: text });
const live = () => page.getByRole('region', { name: 'Right now' });

/** A tab that resumed its session, with this snapshot. */
function openAs(snapshot: Snapshot, resumed = true): void {
  peer.answer('follow', () => {
    peer.publish(snapshot);
    return { ok: true, value: { resumed } };
  });
  mounted = mountAt(`/f/${federation.id}`, peer);
}

test('shows the round, the links, the scores, the budget, the traffic and what left', async () => {
  openAs(busySnapshot(federation.id));
  await expect.element(live()).toMatchTextContent(/Round 12 of 80 · 3 participants · about 6 minutes left/);
  const region = (name: string) => page.getByRole('region', { name });
  await expect.element(region('How good the model is')).toMatchTextContent(/84.5 % correct.*guessing: 10 %/);
  await expect.element(page.getByText('42 % of your privacy allowance used')).toBeVisible();
  await openPart('Results');
  await expect.element(region('Scores')).toMatchTextContent(/84.5 %.*0.670.*400 made-up test rows/);
  expect(region('Scores').getByRole('row').elements()).toHaveLength(9);
  await openPart('Details');
  await expect.element(region('Traffic')).toMatchTextContent(/1.24 MB.*3.91 MB/);
  await expect.element(region('Your data')).toMatchTextContent(/A synthetic sample/);
  await openPart('Privacy');
  await expect.element(region('Your privacy allowance')).toMatchTextContent(/ε 0.42 of 1 used.*46 more rounds.*61 % sure/);
  await expect.element(region('Your privacy allowance')).toMatchTextContent(/This site keeps the count in this browser/);
  const meter = page.getByRole('meter', { name: 'Privacy allowance used' }).element();
  expect([meter.getAttribute('aria-valuenow'), meter.getAttribute('aria-valuemax')]).toEqual(['0.42', '1']);
  const log = region('What left my device');
  await expect.element(log).toMatchTextContent(/clipped at C = 1, noised with σ = 4.21/);
  expect(log.getByRole('listitem').elements()).toHaveLength(10);
  // Repeated joins are one line; nothing else repeats here.
  await expect.element(log.getByRole('listitem').nth(1)).toMatchTextContent(/join.*312 B.*41 times.*to/);
  expect(log.getByText(/times/).elements()).toHaveLength(1);
  await button('Show more').click();
  expect(log.getByRole('listitem').elements()).toHaveLength(20);
});

test('draws a curve of each figure, each with a sentence and a table; the page is never wider than its window', async () => {
  openAs(busySnapshot(federation.id));
  await openPart('Results');
  const curves = page.getByRole('region', { name: 'How it went' });
  await expect.element(curves).toMatchTextContent(/From 35.0 % after round 1 to 84.5 % after round 12/);
  await expect.poll(() => curves.element().querySelectorAll('canvas')).toHaveLength(4);
  const loss = page.getByRole('region', { name: 'Loss by round', exact: true });
  await loss.getByText('Loss by round, as a table').click();
  await expect.element(loss.getByRole('row').nth(1)).toMatchTextContent(/12.*0.670/);
  expect(loss.getByRole('row').elements()).toHaveLength(13);
  for (const width of [320, 768, 1280]) {
    await page.viewport(width, 900);
    const beside = () =>
      [...curves.element().querySelectorAll('canvas')].map((canvas) => canvas.clientWidth - canvas.closest('.curve-plot')!.clientWidth);
    await expect.poll(() => beside().filter((by) => Math.abs(by) <= 1)).toHaveLength(4);
    expect(document.documentElement.scrollWidth).toBeLessThanOrEqual(width);
  }
});

test('a curve has the colour of its token in both themes', async () => {
  openAs(busySnapshot(federation.id));
  await openPart('Results');
  const canvas = () => document.querySelector<HTMLCanvasElement>('[data-curve=accuracy] canvas');
  await expect.poll(() => canvas()).not.toBeNull();
  const accents = (theme: 'light' | 'dark') => {
    const { data } = canvas()!.getContext('2d')!.getImageData(0, 0, canvas()!.width, canvas()!.height);
    const [r, g, b] = theme === 'light' ? [0x0c, 0x5a, 0x55] : [0x7f, 0xca, 0xbb];
    let found = 0;
    for (let i = 0; i < data.length; i += 4) if (data[i] === r && data[i + 1] === g && data[i + 2] === b && data[i + 3] === 255) found++;
    return found;
  };
  for (const theme of ['light', 'dark'] as const) {
    document.documentElement.dataset['theme'] = theme;
    await expect.poll(() => accents(theme), { message: theme }).toBeGreaterThan(50);
  }
  delete document.documentElement.dataset['theme'];
});

test('says what the last round did, how long the budget lasts, and by what path each peer is reached', async () => {
  openAs(busySnapshot(federation.id));
  await openPart('Results');
  await expect
    .element(page.getByRole('region', { name: 'What the last round did' }))
    .toMatchTextContent(/Round 12: 4 updates made the model, yours among them. Accuracy went from 80.0 % to 84.5 %/);
  await openPart('Participants');
  await page.getByText('Who, and how').click();
  await expect.element(page.getByRole('row', { name: /Botherpe.*direct/ })).toBeVisible();
  await expect.element(page.getByRole('row', { name: /the relay.*through the relay/ })).toBeVisible();
  await openPart('Privacy');
  const budget = page.getByRole('region', { name: 'Your privacy allowance' });
  await expect.element(budget).toMatchTextContent(/lasts about 6 minutes. A round takes 8 seconds/);
  peer.publish({ ...busySnapshot(federation.id), rounds: [] });
  await expect.element(budget).toMatchTextContent(/appears after three rounds/);
});

test('pause, resume, finish and leave ask the peer, and keep the focus', async () => {
  openAs(busySnapshot(federation.id));
  await openMenu();
  await button('Pause').click();
  peer.publish({ ...busySnapshot(federation.id), activity: 'paused' });
  await expect.element(button('Resume')).toBeVisible();
  expect(document.activeElement).toBe(button('Resume').element());
  await userEvent.keyboard('{Enter}');
  await button('Finish and leave').click();
  peer.publish({ ...busySnapshot(federation.id), activity: 'leaving' });
  await expect.element(button('Finish and leave')).toBeDisabled();
  await button('Leave now').click();
  await expect.poll(() => names()).toEqual(['start', 'follow', 'pause', 'resume', 'finish', 'leave']);
  peer.publish({ ...busySnapshot(federation.id), activity: 'left' });
  await expect.element(live()).toMatchTextContent(/You have left/);
  expect(button('Pause').query()).toBeNull();
  expect(document.querySelector('.bar')!.contains(document.activeElement)).toBe(true);
  await openMenu();
  await expect.element(button('Download the model')).toBeVisible();
});

test('a verb that fails says why', async () => {
  peer.answer('pause', () => no('internal', { got: 'a broken disk' }));
  openAs(busySnapshot(federation.id));
  await openMenu();
  await button('Pause').click();
  await expect.element(alert(/a broken disk/)).toBeVisible();
});

test('the sentence is announced politely and not more often than every five seconds', async () => {
  openAs(busySnapshot(federation.id));
  await expect.element(live()).toMatchTextContent(/Round 12/);
  const sentence = live().element().querySelector('[aria-live]')!;
  expect(sentence.getAttribute('aria-live')).toBe('polite');
  let changes = 0;
  const watch = new MutationObserver(() => changes++);
  watch.observe(sentence, { childList: true, characterData: true, subtree: true });
  for (let made = 12; made < 33; made++) peer.publish({ ...busySnapshot(federation.id), made });
  await expect.poll(() => sentence.textContent).toMatch(/Round 33/);
  expect(changes).toBeLessThanOrEqual(2);
  watch.disconnect();
});

test('with too few people it says how to get more, until they are there', async () => {
  const busy = busySnapshot(federation.id);
  openAs({ ...busy, activity: 'gathering', peers: busy.peers.slice(2), made: 0, scores: [] });
  await expect.element(page.getByText(/Training starts by itself once 3 participants are here/)).toBeVisible();
  expect((page.getByLabelText('Link to send').element() as HTMLInputElement).value).toBe(`${location.origin}/f/${federation.id}/join`);
  await page.getByText('Show as QR code').click();
  await expect.element(page.getByRole('img', { name: /QR code of .*join/ })).toBeVisible();
  // This test's page is on localhost, and its relay names no other address.
  await expect.element(page.getByText(/^Only this device can open this link\./)).toBeVisible();
  await expect.element(page.getByRole('link', { name: 'How to let others in' })).toHaveAttribute('href', '/help#host');
  expect(
    page
      .getByRole('link', { name: /practice participants/ })
      .element()
      .getAttribute('href'),
  ).toBe(`/f/${federation.id}/practice`);
  peer.publish(busy);
  await expect.element(page.getByText(/Training starts by itself once/)).not.toBeInTheDocument();
});

test('where its relay has an address for others, link and QR code have that one, and no warning', async () => {
  const relay = { id: SEAT, region: 'here', publish: 'open', address: 'https://relay.example/mesh-relay/' };
  vi.stubGlobal('fetch', relayOf(federation, { '/api/relay': () => Response.json(relay) }));
  const busy = busySnapshot(federation.id);
  openAs({ ...busy, activity: 'gathering', peers: busy.peers.slice(2), made: 0, scores: [] });
  const link = `https://relay.example/mesh-relay/f/${federation.id}/join`;
  await expect.element(page.getByLabelText('Link to send')).toHaveValue(link);
  await page.getByText('Show as QR code').click();
  await expect.element(page.getByRole('img', { name: `QR code of ${link}` })).toBeVisible();
  expect(page.getByText(/Only this device/).query()).toBeNull();
});

test('who only watches sees the model, no verbs and no budget, and a way in', async () => {
  openAs(snapshotOf(federation.id), false);
  await expect.element(page.getByText('You are watching')).toBeVisible();
  await expect.element(live()).toMatchTextContent(/Waiting for 2 more participants/);
  await openPart('Privacy');
  await expect.element(page.getByText('Nothing has left this device yet.')).toBeVisible();
  await openPart('Results');
  await expect.element(page.getByText('Shown after the first round.')).toBeVisible();
  expect(page.getByRole('meter').query()).toBeNull();
  expect(button('Leave now').query()).toBeNull();
  expect(page.getByRole('link', { name: 'Take part' }).element().getAttribute('href')).toBe(`/f/${federation.id}/join`);
});

test('without a public test set no accuracy is shown, and the page says so', async () => {
  federation = await testFederation({ testSet: null });
  vi.stubGlobal('fetch', relayOf(federation));
  openAs(busySnapshot(federation.id));
  await expect.element(page.getByText(/no public rows, so no score/)).toBeVisible();
  expect(page.getByText('84.5 %').query()).toBeNull();
});

test('a mirror shows everything and changes nothing', async () => {
  openAs({ ...busySnapshot(federation.id), mirror: true }, false);
  await expect.element(page.getByText('Another tab of this browser is at work')).toBeVisible();
  await expect.element(page.getByRole('meter')).toBeVisible();
  for (const part of ['Results', 'Privacy', 'Participants', 'Details'] as const) await openPart(part);
  for (const name of ['Pause', 'Leave now', 'Download the model', 'Delete']) expect(button(name).query()).toBeNull();
});

test('a spent budget, a finished federation and a failure each say what they are', async () => {
  openAs({ ...busySnapshot(federation.id), activity: 'budget-spent' });
  await expect.element(live()).toMatchTextContent(/does not pay for another round/);
  await openMenu();
  expect(button('Pause').query()).toBeNull();
  // Leaving is what makes joining with another budget possible.
  await button('Leave now').click();
  await expect.poll(names).toContain('leave');
  mounted!.dispose();
  peer = fakePeer();
  openAs({ ...busySnapshot(federation.id), activity: 'finished', round: 81, made: 80 });
  await expect.element(live()).toMatchTextContent(/Your model is ready. 4 participants made it in 80 rounds./);
  await expect.element(page.getByText('Done', { exact: true })).toBeVisible();
  expect(page.getByRole('link', { name: 'Try it' }).element().getAttribute('href')).toBe(`/f/${federation.id}/try`);
  await expect.element(button('Download the model')).toBeVisible();
  expect(page.getByRole('link', { name: 'Take part' }).query()).toBeNull();
  await openPart('Privacy');
  await expect.element(page.getByText('There are no more rounds. Nothing more will be used.')).toBeVisible();
  mounted!.dispose();
  peer = fakePeer();
  openAs({ ...busySnapshot(federation.id), activity: 'failed', problem: { code: 'blob-mismatch', detail: {} } });
  await expect.element(alert(/blob-mismatch/)).toBeVisible();
});

test('a federation whose people have spent their budgets says how many new ones it takes, and how to call them', async () => {
  const waits = { ...busySnapshot(federation.id), activity: 'waiting-for-new', lacking: 2, joined: 1 } as const;
  openAs(waits);
  await expect.element(live()).toMatchTextContent(/Waiting for 2 more participants with new rows/);
  // The present model can still be tried; the bar invites others.
  expect([...document.querySelectorAll('.button.primary')].map(({ textContent }) => textContent)).toEqual(['Invite']);
  peer.publish({ ...waits, made: 0 });
  await expect.element(page.getByText(/Needed: 2 more participants with new rows. Training then continues/)).toBeVisible();
  peer.publish(waits);
  await openMenu();
  await expect.element(button('Pause')).toBeVisible();
  peer.publish({ ...waits, activity: 'training', lacking: 0, joined: 3 });
  await expect.element(live()).toMatchTextContent(/Round 12 of 80/);
  peer.publish({ ...waits, activity: 'budget-spent' });
  await expect.element(live()).toMatchTextContent(/Your allowance is used up, and so are others’. Waiting for 2 new participants/);
  expect([...document.querySelectorAll('.button.primary')].map(({ textContent }) => textContent)).toEqual(['Invite']);
});

test.each(['finished', 'budget-spent', 'left'] as const)('a part that is %s is gone on with by no other page', async (activity) => {
  openAs(busySnapshot(federation.id));
  await expect.poll(goesOnWith).toBe(federation.id);
  peer.publish({ ...busySnapshot(federation.id), activity, made: activity === 'finished' ? 80 : 11 });
  await expect.poll(goesOnWith).toBeNull();
  expect(tookPart(federation.id)).toBe(true);
  forgetTakenPart();
});

test('a peer that dies is told, and can be started again', async () => {
  openAs(busySnapshot(federation.id));
  await expect.element(page.getByLabelText('More actions')).toBeVisible();
  peer.listener()!.failure({ code: 'internal', detail: { got: 'out of memory' } });
  await expect.element(alert(/out of memory/)).toBeVisible();
  await button('Try again').click();
  await expect.element(page.getByLabelText('More actions')).toBeVisible();
});

test('the model is saved under its name', async () => {
  openAs(busySnapshot(federation.id));
  const saved: string[] = [];
  vi.spyOn(HTMLAnchorElement.prototype, 'click').mockImplementation(function (this: HTMLAnchorElement) {
    saved.push(`${this.download} ${this.href.split(':')[0]}`);
  });
  await openMenu();
  await button('Download the model').click();
  await expect.poll(() => saved).toEqual(['model.safetensors blob']);
  vi.restoreAllMocks();
});

test('deleting takes a second press', async () => {
  openAs(snapshotOf(federation.id), false);
  await openPart('Details');
  await button('Delete').click();
  expect(names()).not.toContain('forget');
  await button('Keep').click();
  await button('Delete').click();
  await button('Delete now, for good').click();
  await expect.element(page.getByText('Deleted.')).toBeVisible();
  expect(names()).toContain('forget');
});

test('another federation is not opened while this tab trains', async () => {
  const other = await testFederation({ name: 'Other' });
  vi.stubGlobal('fetch', relayOf(federation, { [`/api/federations/${other.id}`]: () => new Response(other.bytes) }));
  openAs(busySnapshot(federation.id));
  await expect.element(page.getByLabelText('More actions')).toBeVisible();
  mounted!.go(`/f/${other.id}/join`);
  await expect.element(page.getByText('This browser trains in another project')).toBeVisible();
  expect(names().filter((name) => name === 'follow')).toHaveLength(1);
});

test('a record of what was spent that was too old is told, with the rounds that count again', async () => {
  openAs(snapshotOf(federation.id, { recovered: 3 }));
  await expect.element(page.getByText('Your privacy record was too old')).toBeVisible();
  await expect.element(page.getByText(/have 3 rounds of yours that it did not know/)).toBeVisible();
});
