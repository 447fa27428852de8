/**
 * How often a tab contributes while another tab of its window is in front (rounds.ts). Playwright keeps a page that it drives awake, so it
 * lets go of the browser meanwhile; and a headless shell never hides a page, so this needs a whole Chromium (CHROMIUM_WHOLE_PATH).
 */
import { spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Worker } from 'node:worker_threads';
import { chromium, type Browser } from 'playwright-core';
import type { ManifestBody } from '#protocol/manifest/manifest';
import type { Snapshot } from '#workers/api';
import { CHROMIUM_ARGS, chromiumPath } from '../e2e/browser-path.ts';
import { publishDigits } from '../e2e/publish.ts';
import { startRelayProcess } from '../e2e/relay-process.ts';
import { Tab } from '../e2e/tab.ts';

const NAME = 'Digits in the background';
const ROUNDS = 2000;
const SPAN_MS = 15_000;
/** After it is hidden, until Chromium has slowed its timers. */
const SETTLE_MS = 12_000;
const WARM_UP = 5;

/** A Chromium that nobody drives until it is asked. */
async function launchAlone() {
  const profile = await mkdtemp(join(tmpdir(), 'mesh-hidden-'));
  const own = ['--headless=new', '--no-first-run', '--remote-debugging-port=0', `--user-data-dir=${profile}`, 'about:blank'];
  const child = spawn(process.env['CHROMIUM_WHOLE_PATH'] ?? (await chromiumPath()), [...CHROMIUM_ARGS, ...own], {
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let said = '';
  const address = await new Promise<string>((resolve, reject) => {
    child.stderr.on('data', (chunk: Buffer) => {
      const found = /ws:\/\/\S+/.exec((said += chunk.toString()));
      if (found !== null) resolve(found[0]);
    });
    child.once('exit', () => reject(new Error(`no browser: ${said.slice(-500)}`)));
  });
  return {
    drive: (): Promise<Browser> => chromium.connectOverCDP(address),
    /** Opens a tab in front of the others. */
    async openInFront(): Promise<void> {
      const tabs = `http://${new URL(address).host}/json`;
      const { id } = (await (await fetch(`${tabs}/new?about:blank`, { method: 'PUT' })).json()) as { id: string };
      await fetch(`${tabs}/activate/${id}`);
    },
    async end(): Promise<void> {
      const gone = new Promise((resolve) => child.once('exit', resolve));
      child.kill();
      await gone;
      await rm(profile, { recursive: true, force: true, maxRetries: 5 });
    },
  };
}

interface Watched {
  latest: Snapshot;
  /** Each second by a worker's clock: how often a timer of the page's own thread fired, and whether the page was hidden. */
  ticks: { at: number; fired: number; hidden: boolean }[];
}

/** Runs in the page. */
function countTicks(): void {
  const store = globalThis as unknown as Watched;
  store.ticks = [];
  let fired = 0;
  setInterval(() => fired++, 20);
  new BroadcastChannel('sovereign-mesh/snapshots').addEventListener('message', () => {
    if (Date.now() - (store.ticks.at(-1)?.at ?? 0) < 1000) return;
    store.ticks.push({ at: Date.now(), fired, hidden: document.hidden });
    fired = 0;
  });
}

/** @returns contributions a minute in front and hidden, and timers a second of the page's own thread; null if this browser hides no page */
export async function hiddenTab(files: readonly string[], timing: Partial<ManifestBody['rounds']>) {
  const relay = await startRelayProcess();
  const folder = await mkdtemp(join(tmpdir(), 'mesh-beside-'));
  const browser = await launchAlone();
  const federation = await publishDigits(relay.url, NAME, ROUNDS, { ...timing, minContributors: 2 });
  const others = files.slice(0, 2).map((text, i) => {
    const workerData = { relay: relay.url, folder: join(folder, String(i)), federation, data: { text } };
    return new Worker(new URL('./round-member.ts', import.meta.url), { workerData });
  });
  try {
    let driven = await browser.drive();
    const tab = await Tab.inContext(driven.contexts()[0]!, relay.url);
    await tab.join(NAME, { name: 'member.csv', text: files[2]! });
    await tab.until('it trains', ({ rounds }) => rounds.filter(({ part }) => part === 'in').length >= WARM_UP);
    await tab.page.evaluate(countTicks);
    await driven.close(); // lets go of it
    const front = Date.now();
    await sleep(SPAN_MS);
    await browser.openInFront();
    const hidden = Date.now() + SETTLE_MS;
    await sleep(SETTLE_MS + SPAN_MS);
    driven = await browser.drive();
    const page = driven
      .contexts()[0]!
      .pages()
      .find((one) => one.url().startsWith(relay.url))!;
    const { latest, ticks } = await page.evaluate(() => {
      const store = globalThis as unknown as Watched;
      return { latest: store.latest, ticks: store.ticks };
    });
    await driven.close();
    if (!ticks.some((tick) => tick.hidden)) return null;
    const span = (from: number) => {
      const inside = <T>(items: readonly T[], at: (item: T) => number) =>
        items.filter((item) => at(item) >= from && at(item) < from + SPAN_MS);
      const lines = inside(latest.rounds, ({ decidedAt }) => decidedAt);
      const heard = inside(ticks, ({ at }) => at);
      const fired = heard.slice(1).reduce((sum, tick) => sum + tick.fired, 0);
      return {
        contributedPerMinute: Math.round((lines.filter(({ part }) => part === 'in').length * 60_000) / SPAN_MS),
        timersPerSecond: Math.round((fired * 1000) / (heard.at(-1)!.at - heard[0]!.at)),
      };
    };
    return { front: span(front), hidden: span(hidden) };
  } finally {
    for (const other of others) await other.terminate();
    await browser.end();
    await relay.remove();
    await rm(folder, { recursive: true, force: true });
  }
}
