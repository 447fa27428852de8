/**
 * `npm run prove -- bench:rounds`: rounds a second on the real digits, of three tabs and of three and ten headless participants, and of
 * three tabs of which one has a quarter and an eighth of its processor. *Train* is the time from the last participant's record to the
 * last update's departure, *decide* the time from there until all hold the record; `bench:round` splits that further. All share this
 * machine's cores, so a device of one's own is faster.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Worker } from 'node:worker_threads';
import type { Browser } from 'playwright-core';
import type { TableTask } from '#protocol/manifest/task';
import { loadTrainingNumerics } from '#wasm/load-node';
import { loadTable } from '#workers/loader/table/table';
import { noiseInPlace } from '#workers/trainer/noise-ahead';
import { openTrainer } from '#workers/trainer/trainer';
import { memberFiles } from '../e2e/optdigits.ts';
import { builtinManifest, publishDigits } from '../e2e/publish.ts';
import { startRelayProcess } from '../e2e/relay-process.ts';
import { launchChromium, Tab } from '../e2e/tab.ts';
import { lacking, round, verdict } from '../e2e/verdict.ts';
import type { MemberRound } from './round-member.ts';

const NAME = 'Digits by the second';
/** More than are made in the time. */
const ROUNDS = 2000;
const TIMING = { joinWindowMs: 1500, deadlineMs: 10_000, takeoverMs: 5000 };
const SPAN_MS = 10_000;
const UPDATES = 200;
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
} as const;

type Lines = ReadonlyMap<number, MemberRound>;

/** Of the rounds that all of these decided in a span of time. */
function summary(members: readonly Lines[], from: number, to: number) {
  const whole = [...members[0]!.keys()].filter((number) => members.every((lines) => lines.has(number))).sort((a, b) => a - b);
  const endOf = (number: number) => Math.max(...members.map((lines) => lines.get(number)!.decidedAt));
  const within = whole.filter((number) => endOf(number) >= from && endOf(number) < to);
  let [train, decide, longest] = [0, 0, 0];
  for (const number of within) {
    if (!whole.includes(number - 1)) continue;
    const [start, end] = [endOf(number - 1), endOf(number)];
    longest = Math.max(longest, end - start);
    const sent = members.flatMap((lines) => lines.get(number)!.updateSentAt ?? []);
    if (sent.length === 0) continue;
    const left = Math.min(end, Math.max(start, ...sent));
    train += left - start;
    decide += end - left;
  }
  const share = (ms: number) => round(ms / (train + decide), 3);
  return {
    roundsPerSecond: round((within.length * 1000) / (to - from), 2),
    share: { train: share(train), decide: share(decide) },
    longestMs: Math.round(Math.max(longest, ...(within.length === 0 ? [to - from] : []))),
  };
}

async function until(what: string, holds: () => boolean | Promise<boolean>): Promise<void> {
  for (const end = Date.now() + PATIENCE_MS; !(await holds()); await sleep(100))
    if (Date.now() > end) throw new Error(`not in time: ${what}`);
}

async function headless(rows: readonly string[], members: number) {
  const relay = await startRelayProcess();
  const folder = await mkdtemp(join(tmpdir(), 'mesh-rounds-'));
  const federation = await publishDigits(relay.url, NAME, ROUNDS, { ...TIMING, minContributors: members });
  const lines = Array.from({ length: members }, () => new Map<number, MemberRound>());
  const peers = lines.map((own, i) => {
    const data = { text: rows.filter((_, n) => n % members === i).join('\n') };
    const workerData = { relay: relay.url, folder: join(folder, String(i)), federation, data };
    const peer = new Worker(new URL('./round-member.ts', import.meta.url), { workerData });
    return peer.on('message', (line: MemberRound) => own.set(line.round, line));
  });
  try {
    await until(`${members} headless participants train`, () => lines.every((own) => own.size >= WARM_UP));
    const from = Date.now();
    await sleep(SPAN_MS);
    return summary(lines, from, from + SPAN_MS - 500); // snapshots come four times a second
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
  const signal = (name: NodeJS.Signals) => pages.forEach((id) => process.kill(id, name));
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

async function linesOf(tab: Tab): Promise<Lines> {
  const { rounds } = (await tab.snapshot())!;
  return new Map(rounds.filter(({ kind }) => kind === 'model').map((line) => [line.round, line]));
}

/** Three tabs in browsers of their own; the last one is slowed down. */
async function tabs(files: readonly string[]) {
  const relay = await startRelayProcess();
  const browsers = await Promise.all(files.map(() => launchChromium()));
  try {
    await publishDigits(relay.url, NAME, ROUNDS, { ...TIMING, minContributors: 2 });
    const members = await Promise.all(browsers.map((browser) => Tab.open(browser, relay.url)));
    for (const [i, tab] of members.entries()) await tab.join(NAME, { name: `member-${i}.csv`, text: files[i]! });
    await until('three tabs train', async () => (await Promise.all(members.map(linesOf))).every((lines) => lines.size >= WARM_UP));
    const spans: (ReturnType<typeof summary> & { readonly slowdown: number; readonly contributedPerMinute: number })[] = [];
    for (const slowdown of SLOWDOWNS) {
      const release = await throttle(browsers[2]!, slowdown);
      const from = Date.now();
      await sleep(SPAN_MS);
      await release();
      await sleep(1500); // its late snapshots
      const to = from + SPAN_MS;
      const others = summary(await Promise.all(members.slice(0, 2).map(linesOf)), from, to);
      const lines = (await members[2]!.snapshot())!.rounds.filter(({ decidedAt }) => decidedAt >= from && decidedAt < to);
      const contributed = lines.filter(({ part }) => part === 'in').length;
      const span = { slowdown, ...others, contributedPerMinute: Math.round((contributed * 60_000) / SPAN_MS) };
      spans.push(span);
      process.stdout.write(`three tabs, one of them slowed down: ${JSON.stringify(span)}\n`);
    }
    return { spans, update: await updateParts(relay.url, files[0]!) };
  } finally {
    for (const browser of browsers) await browser.close();
    await relay.remove();
  }
}

/** Milliseconds of one update of a third of the digits in one thread of Node, and the noise's share of it. */
async function updateParts(relay: string, text: string) {
  const manifest = await builtinManifest(relay, 'Handwritten digits');
  const numerics = await loadTrainingNumerics();
  const plain = noiseInPlace(numerics);
  let noise = 0;
  const add: typeof plain.add = (...args) => {
    const start = performance.now();
    plain.add(...args);
    noise += performance.now() - start;
  };
  const trainer = openTrainer(numerics, manifest, { noise: { ...plain, add } });
  trainer.hold((await loadTable(text, manifest.task as TableTask, manifest.privacy.rowsMax)).rows);
  const parameters = new Float32Array(trainer.parameterCount);
  const make = (count: number) => {
    for (let i = 0; i < count; i++) trainer.makeUpdate(parameters, manifest.privacy, (into) => crypto.getRandomValues(into));
  };
  make(50); // warms up
  noise = 0;
  const start = performance.now();
  make(UPDATES);
  const whole = performance.now() - start;
  trainer.close();
  return { ms: round(whole / UPDATES, 3), noiseShare: round(noise / whole, 3) };
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
  const { spans, update } = await tabs(files);
  const longest = TIMING.joinWindowMs + TIMING.deadlineMs + TIMING.takeoverMs;
  const kept = spans.every(
    ({ slowdown, roundsPerSecond, longestMs, contributedPerMinute }) =>
      longestMs <= longest && contributedPerMinute > 0 && roundsPerSecond * slowdown >= spans[0]!.roundsPerSecond,
  );
  verdict('bench:rounds', kept, { ...apart, tabs: spans, update }, TARGETS);
}

await main();
process.exit();
