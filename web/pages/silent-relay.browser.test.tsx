/** A relay that never answers, one that breaks off, and a part of the page that never loads: each shows a sentence with a next step. */
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { page } from 'vitest/browser';
import { PART_MS } from '#signaling/relay-client';
import { ANSWER_MS, fetchFederations } from '../state/relay.ts';
import { fetchTestSet } from '../state/test-set.ts';
import { fakePeer, no, REPORT } from '../testing/fake-peer.ts';
import { relayOf, testFederation, type TestFederation } from '../testing/federation.ts';
import { mountAt, type Mounted } from '../testing/mount.tsx';
import { LONG_MS } from '../ui/pending.tsx';

let federation: TestFederation;
let mounted: Mounted | undefined;

beforeEach(async () => {
  federation = await testFederation();
});
afterEach(() => {
  vi.useRealTimers();
  mounted?.dispose();
  mounted = undefined;
  vi.unstubAllGlobals();
});

/** Rejects only once it is aborted, as a browser does. */
const silent: typeof fetch = (_, init) =>
  new Promise((_resolve, reject) => {
    init?.signal?.addEventListener('abort', () => reject(init.signal!.reason as Error), { once: true });
  });

/** A body whose second part never comes. */
function brokenOff(init: RequestInit | undefined): Response {
  const body = new ReadableStream({
    start(stream) {
      stream.enqueue(new TextEncoder().encode('['));
      init?.signal?.addEventListener('abort', () => stream.error(init.signal!.reason), { once: true });
    },
  });
  return new Response(body, { headers: { 'content-type': 'application/json' } });
}

test.each(['/', '/join', '/try', '/practice'])('%s: a relay that never answers is told, and can be asked again', async (path) => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  const { promise: question, resolve: isAsked } = Promise.withResolvers<void>();
  vi.stubGlobal('fetch', (...request: Parameters<typeof fetch>) => {
    isAsked();
    return silent(...request);
  });
  mounted = mountAt(path === '/' ? '/' : `/f/${federation.id}${path}`);
  await question; // a part of the page that is still loading also shows a wait, but has no time-out for the relay
  await vi.advanceTimersByTimeAsync(ANSWER_MS - 500);
  expect(document.querySelector('[role=alert]')).toBeNull();
  expect(document.querySelector('.pending')!.textContent).toMatch(/\w+…/);
  await vi.advanceTimersByTimeAsync(1000);
  vi.useRealTimers();
  await expect.element(page.getByRole('alert')).toMatchTextContent(/The relay does not answer/);
  vi.stubGlobal('fetch', relayOf(federation));
  await page.getByRole('button', { name: 'Try again' }).click();
  await expect.element(page.getByRole('alert')).not.toBeInTheDocument();
});

test('an answer that breaks off half way is given up, too', async () => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  vi.stubGlobal('fetch', async (_: unknown, init?: RequestInit) => brokenOff(init));
  const list = fetchFederations();
  const rows = fetchTestSet({ hash: 'B'.repeat(43), bytes: 1000, rows: 1, synthetic: true } as never);
  await vi.advanceTimersByTimeAsync(PART_MS + 500);
  for (const answer of [await list, await rows]) expect(answer).toMatchObject({ ok: false, error: { code: 'unreachable' } });
});

test('whoever leaves a page is not told that nobody answered', async () => {
  vi.stubGlobal('fetch', silent);
  const stop = new AbortController();
  const asked = fetchFederations(stop.signal);
  stop.abort();
  expect(await asked).toMatchObject({ ok: false });
});

test('a wait that takes too long says so, and offers to load the page again', async () => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  vi.stubGlobal('fetch', relayOf(federation));
  const peer = fakePeer();
  peer.answer('start', () => new Promise(() => {}) as never);
  mounted = mountAt(`/f/${federation.id}/join`, peer);
  await vi.waitUntil(() => document.querySelector('.pending')?.textContent?.includes('Starting the part') === true);
  await vi.advanceTimersByTimeAsync(LONG_MS - 500);
  expect(page.getByRole('button', { name: 'Reload the page' }).query()).toBeNull();
  await vi.advanceTimersByTimeAsync(1000);
  vi.useRealTimers();
  await expect.element(page.getByText(/This takes longer than usual/)).toBeVisible();
  await expect.element(page.getByRole('button', { name: 'Reload the page' })).toBeVisible();
});

test('a sample that does not come is the relay’s silence, not the fault of a file, and can be asked for again', async () => {
  vi.stubGlobal('fetch', relayOf(federation));
  const peer = fakePeer();
  peer.answer('load', () => no('unreachable', { field: 'relay', expected: 'an answer' }));
  mounted = mountAt(`/f/${federation.id}/join`, peer);
  await page.getByRole('button', { name: 'Use the sample, part 1' }).click();
  await expect.element(page.getByRole('alert')).toMatchTextContent(/The relay does not answer/);
  peer.answer('load', () => ({ ok: true, value: REPORT }));
  await page.getByRole('button', { name: 'Try again' }).click();
  await expect.element(page.getByText(/^400 rows read/)).toBeVisible();
});
