/** Practising with real threads: seat, participants and lab run as for a newcomer; only the relay's files come from a table. */
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { page, userEvent } from 'vitest/browser';
import type { ManifestBody } from '#protocol/manifest/manifest';
import type { TableTask } from '#protocol/manifest/task';
import { fakePeer, type FakePeer } from '../testing/fake-peer.ts';
import { relayOf, testFederation, type TestFederation } from '../testing/federation.ts';
import { mountAt, openMenu, openPart, type Mounted } from '../testing/mount.tsx';

const WEATHER: TableTask = {
  kind: 'table',
  columns: [
    { kind: 'number', name: 'pressure', min: 950, max: 1050 },
    { kind: 'category', name: 'wind', values: ['calm', 'breeze', 'storm'] },
  ],
  label: { name: 'umbrella', classes: ['no', 'yes'] },
  picture: null,
};
/** Few rows and a small model: rounds are quick on any machine. */
const SMALL: Partial<ManifestBody> = { task: WEATHER, model: { kind: 'mlp', hidden: [4], activation: 'tanh', seed: 'small' } };

let federation: TestFederation;
let mounted: Mounted | undefined;
let peer: FakePeer;
let asked: string[];
/** Names of the started threads, and of those that the page ended. */
let started: string[];
let ended: string[];

beforeEach(async () => {
  peer = fakePeer();
  [asked, started, ended] = [[], [], []];
  const Real = globalThis.Worker;
  vi.stubGlobal(
    'Worker',
    class extends Real {
      readonly #name: string;
      constructor(url: string | URL, options: WorkerOptions = {}) {
        super(url, options);
        this.#name = options.name ?? '';
        started.push(this.#name);
      }
      override terminate(): void {
        ended.push(this.#name);
        super.terminate();
      }
    },
  );
  await serve(SMALL);
});
afterEach(() => {
  mounted?.dispose();
  vi.unstubAllGlobals();
});

async function serve(change: Partial<ManifestBody>): Promise<void> {
  federation = await testFederation({ nonce: crypto.randomUUID(), testSet: null, ...change });
  // No sample fits these columns, so rows are made up.
  const relay = relayOf(federation, { '/samples/digits-1.csv': () => new Response('a,b\n1,2\n') });
  vi.stubGlobal('fetch', (...request: Parameters<typeof fetch>) => {
    asked.push(new URL(request[0] instanceof Request ? request[0].url : String(request[0]), location.origin).pathname);
    return relay(...request);
  });
}

const button = (name: string) => page.getByRole('button', { name, exact: true });
const people = () => page.getByRole('region', { name: 'Practice participants' });
/** Without the thread that answers questions to the newest model. */
const threads = () => started.filter((name) => name !== 'lab');
/** Threads first load their modules and compute their budgets: seconds on an idle core, minutes on a busy one. */
const PATIENCE = { timeout: 180_000 };

test('a newcomer practises alone and asks the newest model; the real peer is neither started nor asked', PATIENCE, async () => {
  mounted = mountAt(`/f/${federation.id}/practice`, peer);
  await expect.element(button('Predict')).toBeVisible();
  expect(started.filter((name) => name !== 'lab')).toEqual(['seat', 'you', 'practice 1', 'practice 2']);
  await openPart('Participants');
  expect([...people().element().querySelectorAll('tbody tr')].map((row) => row.querySelector('.tag')?.textContent)).toEqual([
    'practice',
    'practice',
    'practice',
  ]);
  await button('Predict').click();
  await expect.element(page.getByText(/^umbrella: (no|yes), with a probability of/)).toBeVisible();
  // Its own made-up test set judges it, although no relay has that: beside guessing, and each alone.
  await expect
    .element(page.getByRole('region', { name: 'How good the model is' }))
    .toMatchTextContent(/% correct.*guessing: .*the best alone: /);

  expect(peer.asked).toEqual([]);
  expect(asked.filter((path) => !path.startsWith('/api/federations/') && !path.startsWith('/samples/'))).toEqual([]);
  await expect.element(page.getByRole('link', { name: 'Join for real' })).toHaveAttribute('href', `/f/${federation.id}/join`);
});

test('dots run for messages that were really sent, and none once it has stopped', PATIENCE, async () => {
  mounted = mountAt(`/f/${federation.id}/practice`, peer);
  let dots = 0;
  await expect.poll(() => document.querySelector('.mesh-pulses')).not.toBeNull();
  const watch = new MutationObserver((changes) => (dots += changes.reduce((sum, { addedNodes }) => sum + addedNodes.length, 0)));
  watch.observe(document.querySelector('.mesh-pulses')!, { childList: true });
  await vi.waitFor(() => expect(dots).toBeGreaterThan(3), PATIENCE);
  await openMenu();
  await button('Stop').click();
  await expect.poll(() => document.querySelectorAll('.mesh-pulses circle').length).toBe(0);
  watch.disconnect();
});

test('stopping ends every thread, and another number of participants starts anew', PATIENCE, async () => {
  mounted = mountAt(`/f/${federation.id}/practice`, peer);
  await expect.element(button('Predict')).toBeVisible();
  await openMenu();
  await button('Stop').click();
  expect(ended.filter((name) => name !== 'lab').toSorted()).toEqual(['practice 1', 'practice 2', 'seat', 'you']);
  await expect.element(page.getByText('Done', { exact: true })).toBeVisible();

  await openMenu();
  await button('Again').click();
  await vi.waitFor(() => expect(threads()).toHaveLength(8), PATIENCE);
  await openPart('Participants');
  await userEvent.selectOptions(page.getByLabelText('Practice participants beside you'), '1');
  await vi.waitFor(() => expect(threads().slice(8)).toEqual(['seat', 'you', 'practice 1']), PATIENCE);
  expect(ended.filter((name) => name !== 'lab')).toHaveLength(8);
  expect(people().element().querySelectorAll('tbody tr')).toHaveLength(2);
});

/** From here on, threads run this instead of their own files. */
function threadsRun(code: string): void {
  const Counting = globalThis.Worker;
  vi.stubGlobal(
    'Worker',
    class extends Counting {
      constructor(_url: string | URL, options?: WorkerOptions) {
        super(URL.createObjectURL(new Blob([code], { type: 'text/javascript' })), options);
      }
    },
  );
}

test('one to four others can be chosen: a thread and a line in the table each', async () => {
  threadsRun(''); // silent threads are ready at once; real ones are tested above
  mounted = mountAt(`/f/${federation.id}/practice`, peer);
  await openPart('Participants');
  const others = page.getByLabelText('Practice participants beside you');
  await expect.element(others).toHaveValue('2');
  expect([...others.element().querySelectorAll('option')].map(({ value }) => value)).toEqual(['1', '2', '3', '4']);
  for (const company of [4, 1, 3]) {
    await expect.poll(() => started.length).toBeGreaterThan(ended.length);
    const before = started.length;
    await userEvent.selectOptions(others, String(company));
    const names = Array.from({ length: company }, (_, i) => `practice ${i + 1}`);
    await expect.poll(() => started.slice(before)).toEqual(['seat', 'you', ...names]);
    expect(ended.toSorted()).toEqual(started.slice(0, before).toSorted());
    expect(people().element().querySelectorAll('tbody tr')).toHaveLength(company + 1);
  }
});

test('leaving the page ends every thread, also while they start', PATIENCE, async () => {
  mounted = mountAt(`/f/${federation.id}/practice`, peer);
  await vi.waitFor(() => expect(started).toHaveLength(4), PATIENCE);
  mounted.go('/');
  await expect.element(page.getByRole('heading', { name: 'Projects', exact: true })).toBeVisible();
  await vi.waitFor(() => expect(ended.toSorted()).toEqual(started.toSorted()), PATIENCE);
});

test('a thread that breaks stops the practice and says so; it can be tried again', PATIENCE, async () => {
  const Counting = globalThis.Worker;
  threadsRun('throw new Error("a thread that breaks")');
  mounted = mountAt(`/f/${federation.id}/practice`, peer);
  await expect.element(page.getByRole('alert')).toMatchTextContent(/a thread that breaks/);
  await vi.waitFor(() => expect(ended.toSorted()).toEqual(started.toSorted()), PATIENCE);
  vi.stubGlobal('Worker', Counting);
  await button('Try again').click();
  await expect.element(button('Predict')).toBeVisible();
  expect(page.getByRole('alert').query()).toBeNull();
});

test('a federation that is not there is named, not practised', async () => {
  mounted = mountAt(`/f/${'x'.repeat(43)}/practice`, peer);
  await expect.element(page.getByRole('alert')).toMatchTextContent(/This project is not here/);
  expect(started).toEqual([]);
});
