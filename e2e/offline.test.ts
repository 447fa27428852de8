import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openHeadlessPeer, type HeadlessPeer } from '#workers/peer/headless';
import { publishDigits } from './publish.ts';
import { openStage, sampleCsv, type Stage } from './stage.ts';
import { Tab } from './tab.ts';

const NAME = 'Without its relay';

let stage: Stage;
let federation: string;
let folder: string;
let partner: HeadlessPeer;
beforeAll(async () => {
  stage = await openStage();
  federation = await publishDigits(stage.relay.url, NAME, 600, { minContributors: 2, joinWindowMs: 300, takeoverMs: 3000 });
  folder = await mkdtemp(join(tmpdir(), 'mesh-partner-'));
  partner = await openHeadlessPeer({ relay: stage.relay.url, folder, federation, data: { sample: 'digits-2.csv' } });
});
afterAll(async () => {
  await partner?.close();
  await stage?.close();
  if (folder !== undefined) await rm(folder, { recursive: true, force: true });
});

const caches = (tab: Tab) =>
  tab.page.evaluate(async () => {
    const found: string[] = [];
    for (const name of await globalThis.caches.keys())
      for (const { url } of await (await globalThis.caches.open(name)).keys()) found.push(new URL(url).pathname);
    return found;
  });

describe('a page whose relay has stopped', () => {
  it('is served from the device after a reload, says that it waits, and goes on when the relay is back', async () => {
    const tab = await Tab.open(stage.browser, stage.relay.url);
    await tab.join(NAME, await sampleCsv(1));
    await tab.until('two rounds', (s) => s.contributed >= 2);
    await tab.page.evaluate(() => navigator.serviceWorker.ready.then(() => null));
    // From here on the manifest and the public test set pass through it once.
    await tab.page.reload();
    const before = await tab.until('a round and its score', (s) => s.contributed >= 3 && s.scores.length > 0);
    const immutable = (await caches(tab)).filter((path) => path.startsWith('/api/'));
    expect(immutable).toContain(`/api/federations/${federation}`);
    expect(immutable.some((path) => path.startsWith('/api/blobs/'))).toBe(true);
    expect(immutable.every((path) => /^\/api\/(federations|blobs)\/[\w-]{43}$/.test(path))).toBe(true);

    await stage.relay.stop();
    tab.errors.length = 0;
    await tab.page.reload();
    await tab.page.getByRole('heading', { level: 1, name: NAME }).waitFor();
    const waiting = await tab.until('it waits', (s) => s.activity === 'waiting-for-relay');
    await tab.page.getByText('The relay does not answer').first().waitFor();
    expect(waiting.budget.spent).toBeGreaterThanOrEqual(before.budget.spent);
    expect(waiting.data?.name).toBe('digits-1.csv');
    expect(waiting.scores.length).toBeGreaterThan(0);
    expect(await tab.page.evaluate(() => crossOriginIsolated)).toBe(true);
    // Nothing but the relay's own absence is wrong.
    expect(tab.errors.filter((text) => !/ERR_CONNECTION_REFUSED|WebSocket/.test(text))).toEqual([]);

    await stage.relay.restart();
    const after = await tab.until('it contributes again', (s) => s.contributed > waiting.contributed);
    expect(after.self).toBe(before.self);
  });

  it('has a worker that is asked for anew at every look, and is no page of the relay’s own addresses', async () => {
    const script = await fetch(new URL('/service-worker.js', stage.relay.url));
    expect(script.status).toBe(200);
    expect(script.headers.get('cache-control')).toBe('no-cache');
    expect(script.headers.get('content-security-policy')).toContain("worker-src 'self'");
    const tab = await Tab.open(stage.browser, stage.relay.url);
    await tab.page.evaluate(() => navigator.serviceWorker.ready.then(() => null));
    await tab.page.reload();
    expect(await tab.page.evaluate(() => navigator.serviceWorker.controller !== null)).toBe(true);
    const probe = await tab.page.goto(new URL('/livez', stage.relay.url).href);
    expect(probe!.fromServiceWorker()).toBe(false);
    expect(probe!.headers()['content-type']).toContain('json');
  });

  it('asks the relay again where the copy on the device is not the manifest, and keeps what it says', async () => {
    const tab = await Tab.open(stage.browser, new URL(`/f/${federation}`, stage.relay.url).href);
    const heading = () => tab.page.getByRole('heading', { level: 1, name: NAME }).waitFor();
    await tab.page.evaluate(() => navigator.serviceWorker.ready.then(() => null));
    const path = `/api/federations/${federation}`;
    const sizeOf = () =>
      tab.page.evaluate(async (name) => {
        const kept = await (await globalThis.caches.open('immutable-1')).match(name);
        return kept === undefined ? null : (await kept.arrayBuffer()).byteLength;
      }, path);
    const sign = 'a sign-in page of a network';
    await tab.page.evaluate(
      async ([name, text]) => (await globalThis.caches.open('immutable-1')).put(name!, new Response(text)),
      [path, sign],
    );
    await tab.page.reload();
    await heading();
    await expect.poll(sizeOf, { timeout: 30_000 }).toBeGreaterThan(sign.length);
  });
});
