/**
 * `npm run prove -- e2e:resume`: a person's browser process is killed in the middle of a round, three times, and started again on the same
 * profile and address. It must take part again in the next round it can, with a ledger that only grew and counts every update
 * once, and ask nothing: no file, no budget, no consent. Two headless peers keep the federation going meanwhile.
 */
import { spawn, type ChildProcess } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import type { Hash } from '#protocol/codec';
import { openLedger, spent, type BudgetRecord } from '#protocol/privacy/ledger/budget';
import { guaranteeOf } from '#protocol/privacy/accountants';
import { epsilonOf } from '#protocol/privacy/rdp';
import { updatesIn } from '#protocol/round/record';
import type { Activity, Snapshot } from '#workers/api';
import { fetchHead } from '#signaling/relay-client';
import { startBrowserProcess } from './browser-process.ts';
import { publishDigits } from './publish.ts';
import { startRelayProcess } from './relay-process.ts';
import { Tab } from './tab.ts';
import { round, verdict } from './verdict.ts';
import { allRecords } from './records.ts';

const NAME = 'Digits that go on';
const KILLS = 3;
/** Killed too late for its round by the snapshot's delay: tried again, at most this often in all. */
const TRIES_MAX = 8;
const TIMING = { minContributors: 2, joinWindowMs: 1500, deadlineMs: 15_000, takeoverMs: 5000 };
/** Wide, so that a round lasts long enough to be killed in its middle. */
const HIDDEN = [512, 256];
const ROUNDS = 400;
/** What the kills aim at, in turn: while the update is made, and while it is with the others. */
const AIMS: readonly Activity[] = ['training', 'waiting-for-others', 'training'];
const MID_ROUND: ReadonlySet<Activity> = new Set(['training', 'waiting-for-others', 'deciding']);

const targets = {
  kills: KILLS,
  killedInMidRound: KILLS,
  roundsUntilBackMax: '<= 2: the round that is open when it comes back has its list closed',
  asked: 0,
  ledgersShrunk: 0,
  budgetRight: true,
  rowsOnDisk: 'while joined, not after leaving',
};

interface Kill {
  readonly aim: Activity;
  readonly midRound: boolean;
  readonly roundsUntilBack: number;
  readonly epsilonBefore: number;
  readonly epsilonAfter: number;
  readonly ledgerKept: boolean;
  readonly asked: number;
}

const relay = await startRelayProcess();
const folder = await mkdtemp(join(tmpdir(), 'mesh-resume-'));
const profile = join(folder, 'profile');
const others: ChildProcess[] = [];

async function headRound(fed: string): Promise<number> {
  return fetchHead(relay.url, fed as Hash).then(
    (head) => head.round,
    () => 0,
  );
}

/** The ledger as it is in the profile's storage. */
function ledgerOf(tab: Tab): Promise<BudgetRecord[]> {
  return tab.page.evaluate(async () => {
    const open = indexedDB.open('sovereign-mesh');
    const db = await new Promise<IDBDatabase>((resolve, reject) => {
      open.addEventListener('success', () => resolve(open.result));
      open.addEventListener('error', () => reject(open.error as Error));
    });
    const all = db.transaction('budget').objectStore('budget').getAll();
    const found = await new Promise((resolve) => all.addEventListener('success', () => resolve(all.result)));
    db.close();
    return found as never;
  });
}

/** Files of parsed rows in the origin's private file system. */
function rowsFiles(tab: Tab): Promise<number> {
  return tab.page.evaluate(async () => {
    const dir = await (await navigator.storage.getDirectory()).getDirectoryHandle('sovereign-mesh-rows').catch(() => null);
    let files = 0;
    if (dir !== null) for await (const name of dir.keys()) files += name.endsWith('.rows') ? 1 : 0;
    return files;
  });
}

/** Everything on the page that asks a person for what was given before. */
async function askedNow(tab: Tab): Promise<number> {
  const wants = [
    tab.page.locator('input[type=file]'),
    tab.page.getByRole('slider'),
    tab.page.getByRole('button', { name: 'I agree, start training' }),
    tab.page.getByRole('link', { name: 'Take part' }),
  ];
  let found = new URL(tab.page.url()).pathname.endsWith('/join') ? 1 : 0;
  for (const want of wants) found += await want.count();
  return found;
}

const isPrefix = (before: readonly BudgetRecord[], after: readonly BudgetRecord[]) =>
  before.length <= after.length && before.every((record, i) => record.hash === after[i]!.hash);

async function reopen(fed: string): Promise<{ tab: Tab; kill: () => Promise<void> }> {
  const browser = await startBrowserProcess(profile);
  return { tab: await Tab.inContext(browser.context, new URL(`/f/${fed}`, relay.url).href), kill: browser.kill };
}

async function main(): Promise<void> {
  const fed = await publishDigits(relay.url, NAME, ROUNDS, TIMING, HIDDEN);
  const cli = fileURLToPath(new URL('../workers/peer/peer-cli.ts', import.meta.url));
  const peers = spawn(
    process.execPath,
    [cli, '--relay', relay.url, '--federation', fed, '--peers', '2', '--folder', join(folder, 'peers')],
    {
      stdio: ['ignore', 'ignore', 'inherit'],
    },
  );
  others.push(peers);
  const first = await startBrowserProcess(profile);
  let [tab, kill] = [await Tab.inContext(first.context, relay.url), first.kill];
  const text = await readFile(new URL('../public/samples/digits-1.csv', import.meta.url), 'utf8');
  await tab.join(NAME, { name: 'my-digits.csv', text });
  const joined = await tab.until('its first rounds', (s) => s.contributed >= 2);
  const files = [await rowsFiles(tab)];
  const kills: Kill[] = [];
  for (let turn = 0; turn < TRIES_MAX && kills.filter((k) => k.midRound).length < KILLS; turn++) {
    const aim = AIMS[kills.filter((k) => k.midRound).length]!;
    await tab.until('the round before is over', (s) => s.activity !== aim);
    const at = await tab.until(`it is ${aim}`, (s) => s.activity === aim);
    const before = await ledgerOf(tab);
    const last = (await tab.snapshot()) ?? at;
    await kill();
    const head = await headRound(fed);
    const midRound = MID_ROUND.has(last.activity) && head === last.round;
    await sleep(500);
    const reopened = Date.now();
    ({ tab, kill } = await reopen(fed));
    const back = await tab.until('it is back', (s) => s.peers.length > 0 && s.activity !== 'connecting');
    const headAtReturn = await headRound(fed);
    const mine = (s: Snapshot) => s.rounds.find((r) => r.decidedAt > reopened && r.updateSentAt !== null);
    const again = await tab.until('it contributes again', (s) => mine(s) !== undefined);
    const after = await ledgerOf(tab);
    kills.push({
      aim,
      midRound,
      roundsUntilBack: Math.max(1, mine(again)!.round - Math.max(headAtReturn, back.round)),
      epsilonBefore: round(last.budget.spent),
      epsilonAfter: round(again.budget.spent),
      ledgerKept: isPrefix(before, after) && again.budget.spent >= last.budget.spent,
      asked: await askedNow(tab),
    });
    files.push(await rowsFiles(tab));
    process.stdout.write(`${JSON.stringify(kills.at(-1))}\n`);
  }
  await report(fed, tab, joined, kills, files);
  await kill();
}

async function report(fed: string, tab: Tab, joined: Snapshot, kills: readonly Kill[], files: number[]): Promise<void> {
  // Paused first: what is counted must not move.
  await tab.press('Pause');
  const end = await tab.until('it is paused', (s) => s.activity === 'paused');
  await sleep(1000);
  const ledger = openLedger(await ledgerOf(tab));
  const last = (await tab.snapshot()) ?? end;
  const payments = ledger.records.filter((r) => r.kind === 'reserve');
  const updates = ledger.records.filter((r) => r.kind === 'release').map((r) => r.update);
  const { rate, sigma, account, coordinates, gridBits } = payments[0]!;
  const contributions = (await allRecords(relay.url, fed)).flatMap(({ record }) =>
    updatesIn(record).filter((c) => c.member === joined.self),
  );
  const distinct = new Set(contributions.map((c) => c.vector));
  const unpaid = [...distinct].filter((vector) => !updates.includes(vector)).length;
  const paid = { rate, sigma, rounds: payments.length };
  const cost = epsilonOf([paid], last.budget.delta).epsilon;
  const least = guaranteeOf([{ ...paid, coordinates: coordinates!, gridBits: gridBits! }], last.budget.delta).epsilon;
  // A kill between paying and making an update leaves a payment without one: never the other way round.
  const lost = payments.length - updates.length;
  const budgetRight =
    new Set(updates).size === updates.length &&
    unpaid === 0 &&
    lost >= 0 &&
    lost <= kills.length &&
    Math.abs(spent(ledger, account, last.budget.delta) - cost) < 1e-12 &&
    // The page counts by the loss distribution, on a coarser grid than this.
    last.budget.spent >= least - 1e-9 &&
    last.budget.spent < least + 1e-3;
  await tab.press('Leave now');
  await tab.until('it has left', (s) => s.activity === 'left');
  await sleep(300);
  const filesAfterLeaving = await rowsFiles(tab);
  const rowsOnDisk = files.every((n) => n === 1) && filesAfterLeaving === 0;
  const figures = {
    kills: kills.length,
    killedInMidRound: kills.filter((k) => k.midRound).length,
    roundsUntilBack: kills.map((k) => k.roundsUntilBack),
    epsilonBefore: kills.map((k) => k.epsilonBefore),
    epsilonAfter: kills.map((k) => k.epsilonAfter),
    asked: kills.reduce((sum, k) => sum + k.asked, 0),
    ledgersShrunk: kills.filter((k) => !k.ledgerKept).length,
    payments: payments.length,
    updates: updates.length,
    updatesInModels: distinct.size,
    paidButLostInAKill: lost,
    epsilonSpent: round(last.budget.spent),
    epsilonOfPayments: round(least),
    epsilonByRenyi: round(cost),
    budgetRight,
    rowsOnDisk,
  };
  const pass =
    figures.killedInMidRound >= KILLS &&
    Math.max(...figures.roundsUntilBack) <= 2 &&
    figures.asked === 0 &&
    figures.ledgersShrunk === 0 &&
    budgetRight &&
    rowsOnDisk;
  verdict('e2e:resume', pass, figures, targets);
}

try {
  await main();
} finally {
  for (const peers of others) peers.kill('SIGTERM');
  await relay.remove();
  await rm(folder, { recursive: true, force: true, maxRetries: 5 });
}
process.exit();
