/**
 * `npm run prove -- bench:rounds`: rounds a second on the real digits, of three tabs and of three and ten headless participants, with the
 * share of each part (round-parts.ts), and of three tabs of which one has a quarter and an eighth of its processor, or is hidden
 * (hidden-tab.ts). All share this machine's cores, so a device of one's own is faster.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Worker } from 'node:worker_threads';
import type { Browser } from 'playwright-core';
import { memberFiles } from '../e2e/optdigits.ts';
import { publishDigits } from '../e2e/publish.ts';
import { startRelayProcess } from '../e2e/relay-process.ts';
import { lacking, verdict } from '../e2e/verdict.ts';
import { hiddenTab } from './hidden-tab.ts';
import { bundle } from './in-chromium.ts';
import type { PartTimes } from './page/part-times.ts';
import type { MemberRound } from './round-member.ts';
import { summary, type Told } from './round-parts.ts';
import { launchWatched, openWatched, type WatchedTab } from './watched-tab.ts';

const NAME = 'Digits by the second';
/** More than are made in the time. */
const ROUNDS = 2000;
const TIMING = { joinWindowMs: 1500, deadlineMs: 10_000, takeoverMs: 5000 };
const SPAN_MS = 10_000;
const PATIENCE_MS = 60_000;
const WARM_UP = 5;
const SLOWDOWNS = [1, 4, 8] as const;
/** Of a throttled process: it runs for a part of each, like under a quota of the kernel. */
const PERIOD_MS = 40;
/** A slot's longest life by the rules; and the others lose less than the slow one does. */
const TARGETS = {
  longestMs: `<= ${TIMING.joinWindowMs + TIMING.deadlineMs + TIMING.takeoverMs}`,
  othersRate: '>= 1 / slowdown of their rate beside a fast one',
  contributedPerMinute: '> 0 at every slowdown',
  hidden: '>= 1/2 of the contributions in front; null where this browser hides no page',
} as const;

async function until(what: string, holds: () => boolean | Promise<boolean>): Promise<void> {
  for (const end = Date.now() + PATIENCE_MS; !(await holds()); await sleep(100))
    if (Date.now() > end) throw new Error(`not in time: ${what}`);
}

async function headless(rows: readonly string[], members: number) {
  const relay = await startRelayProcess();
  const folder = await mkdtemp(join(tmpdir(), 'mesh-rounds-'));
  const federation = await publishDigits(relay.url, NAME, ROUNDS, { ...TIMING, minContributors: members });
  const told = Array.from({ length: members }, () => ({ lines: new Map<number, MemberRound>(), parts: [] as PartTimes[] }));
  const peers = told.map((own, i) => {
    const data = { text: rows.filter((_, n) => n % members === i).join('\n') };
    const workerData = { relay: relay.url, folder: join(folder, String(i)), federation, data, watched: true };
    const peer = new Worker(new URL('./round-member.ts', import.meta.url), { workerData });
    return peer.on('message', (heard: MemberRound | PartTimes) => {
      if ('round' in heard) own.lines.set(heard.round, heard);
      else own.parts.push(heard);
    });
  });
  try {
    await until(`${members} headless participants train`, () => told.every(({ lines }) => lines.size >= WARM_UP));
    const from = Date.now();
    await sleep(SPAN_MS);
    return summary(told, from, from + SPAN_MS - 500); // snapshots come four times a second
  } finally {
    for (const peer of peers) await peer.terminate();
    await relay.remove();
    await rm(folder, { recursive: true, force: true });
  }
}

/**
 * Stops and continues a browser's pages and their threads, so that they have one part in `slowdown` of their time. DevTools' throttling slows
 * a page's main thread by its rate, but its workers, where training is, by far less.
 * @returns a function that ends it
 */
async function throttle(browser: Browser, slowdown: number): Promise<() => Promise<void>> {
  const session = await browser.newBrowserCDPSession();
  const { processInfo } = await session.send('SystemInfo.getProcessInfo');
  const pages = processInfo.filter(({ type }) => type === 'renderer').map(({ id }) => id);
  const signal = (name: NodeJS.Signals) => {
    for (const id of pages) {
      try {
        process.kill(id, name);
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error; // a spare one that the browser has ended
      }
    }
  };
  const ended = new AbortController();
  if (slowdown === 1) ended.abort();
  const running = (async () => {
    while (!ended.signal.aborted) {
      signal('SIGSTOP');
      await sleep(PERIOD_MS * (1 - 1 / slowdown));
      signal('SIGCONT');
      await sleep(PERIOD_MS / slowdown);
    }
  })();
  return async () => {
    ended.abort();
    await running;
    await session.detach();
  };
}

async function toldBy({ tab, parts }: WatchedTab): Promise<Told> {
  const { rounds } = (await tab.snapshot())!;
  return { lines: new Map(rounds.filter(({ kind }) => kind === 'model').map((line) => [line.round, line])), parts: await parts() };
}

/** Three tabs in browsers of their own; the last one is slowed down. */
async function tabs(files: readonly string[]) {
  const relay = await startRelayProcess();
  const browsers = await Promise.all(files.map(launchWatched));
  const watch = await bundle('watch-tab', 'page');
  try {
    await publishDigits(relay.url, NAME, ROUNDS, { ...TIMING, minContributors: 2 });
    const members = await Promise.all(browsers.map((browser) => openWatched(browser, relay.url, watch)));
    for (const [i, { tab }] of members.entries()) await tab.join(NAME, { name: `member-${i}.csv`, text: files[i]! });
    await until('three tabs train', async () => (await Promise.all(members.map(toldBy))).every(({ lines }) => lines.size >= WARM_UP));
    const spans: (ReturnType<typeof summary> & { readonly slowdown: number; readonly contributedPerMinute: number })[] = [];
    for (const slowdown of SLOWDOWNS) {
      const release = await throttle(browsers[2]!, slowdown);
      const from = Date.now();
      await sleep(SPAN_MS);
      await release();
      await sleep(1500); // its late snapshots
      const to = from + SPAN_MS;
      const others = summary(await Promise.all(members.slice(0, slowdown === 1 ? 3 : 2).map(toldBy)), from, to);
      const lines = (await members[2]!.tab.snapshot())!.rounds.filter(({ decidedAt }) => decidedAt >= from && decidedAt < to);
      const contributed = lines.filter(({ part }) => part === 'in').length;
      const span = { slowdown, ...others, contributedPerMinute: Math.round((contributed * 60_000) / SPAN_MS) };
      spans.push(span);
      process.stdout.write(`three tabs, one of them slowed down: ${JSON.stringify(span)}\n`);
    }
    return spans;
  } finally {
    for (const browser of browsers) await browser.close();
    await relay.remove();
  }
}

async function main(): Promise<void> {
  const files = await memberFiles(0, false);
  if (files === null) return lacking('bench:rounds', 'optdigits', TARGETS);
  const rows = files.flatMap((text) => text.split('\n'));
  const apart: Record<string, unknown> = {};
  for (const members of [3, 10]) {
    apart[`headless${members}`] = await headless(rows, members);
    process.stdout.write(`${members} headless: ${JSON.stringify(apart[`headless${members}`])}\n`);
  }
  const spans = await tabs(files);
  const hidden = await hiddenTab(files, TIMING);
  process.stdout.write(`a hidden tab: ${JSON.stringify(hidden)}\n`);
  const longest = TIMING.joinWindowMs + TIMING.deadlineMs + TIMING.takeoverMs;
  const kept = spans.every(
    ({ slowdown, roundsPerSecond, longestMs, contributedPerMinute }) =>
      longestMs <= longest && contributedPerMinute > 0 && roundsPerSecond * slowdown >= spans[0]!.roundsPerSecond,
  );
  const goesOn = hidden === null || 2 * hidden.hidden.contributedPerMinute >= hidden.front.contributedPerMinute;
  verdict('bench:rounds', kept && goesOn, { ...apart, tabs: spans, hidden }, TARGETS);
}

await main();
process.exit();
