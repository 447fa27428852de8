/**
 * `npm run prove -- e2e:budget`: what a person's rows have spent follows the rows, and nothing un-spends it. In real tabs on a real relay: two tabs of
 * one profile share one budget; a reload between paying and sending keeps what was paid; an edited copy of the file, a part of it and
 * another federation that encodes it otherwise show what was spent before anything is joined, other rows show nothing; at the limit
 * training stops by itself and says why; a record saved on another origin adds up.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { hashBytes } from '#protocol/codec';
import type { ManifestBody } from '#protocol/manifest/manifest';
import { openLedger, openSignedLedger, type BudgetRecord, type Reservation } from '#protocol/privacy/ledger/budget';
import { epsilonOf } from '#protocol/privacy/rdp';
import type { Snapshot } from '#workers/api';
import { openHeadlessPeer, type HeadlessPeer } from '#workers/peer/headless';
import { builtinManifest, publishDigits } from './publish.ts';
import { startRelayProcess } from './relay-process.ts';
import { sampleCsv } from './stage.ts';
import { launchChromium, Tab, type CsvFile } from './tab.ts';
import { round, verdict } from './verdict.ts';

const [FIRST, SECOND, OTHERWISE, ELSEWHERE] = ['Budget one', 'Budget two', 'Budget otherwise', 'Budget elsewhere'] as const;
/** A round decides with this one person, where nothing else is of interest. */
const TIMING = { minContributors: 1, joinWindowMs: 300, deadlineMs: 15_000, takeoverMs: 3000 };
const RELOADS = 3;
/** In the page's session storage. */
const SEEN = 'seen-before-the-reload';
const TRIES_MAX = 12;
/** Wide, so that a tab can be reloaded between paying and sending. */
const HIDDEN = [1024, 768];
const ROUNDS = 60;
/** Of the federation where the budget ends: what was spent elsewhere leaves fewer of them. */
const ROUNDS_TO_THE_END = 24;
/** Longer than some rounds take. */
const QUIET_MS = 4000;

const targets = {
  twoTabsOneBudget: true,
  reloadsInMidStep: RELOADS,
  unspentByReload: 0,
  copiesThatShare: 'changed cell, part, reordered, otherwise encoded: all above 0; other rows: 0',
  stoppedByItself: 'budget-spent, at or under the limit, with the reason on the page',
  otherOriginAddsUp: true,
};

const relay = await startRelayProcess();
const elsewhere = await startRelayProcess();
const browser = await launchChromium();
const folder = await mkdtemp(join(tmpdir(), 'mesh-budget-'));
const others: HeadlessPeer[] = [];

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

const paymentsOf = (records: readonly BudgetRecord[]) => records.filter((r): r is Reservation => r.kind === 'reserve');
const isPrefix = (before: readonly Pick<BudgetRecord, 'hash'>[], after: readonly BudgetRecord[]) =>
  before.length <= after.length && before.every((record, i) => record.hash === after[i]!.hash);

/** What the join page says was spent with a file, before anything is agreed to. */
async function spentShown(tab: Tab, fed: string, file: CsvFile, url = relay.url): Promise<number> {
  await tab.page.goto(new URL(`/f/${fed}/join`, url).href);
  const buffer = Buffer.from(file.text);
  await tab.page.getByLabel('Choose a CSV file').setInputFiles({ name: file.name, mimeType: 'text/csv', buffer });
  const said = tab.page.getByText(/(Already used|No privacy is used) with this data/);
  await said.waitFor();
  return Number(/ε (\d+(?:\.\d+)?)/.exec((await said.textContent()) ?? '')?.[1] ?? 0);
}

async function takePart(tab: Tab, fed: string, file: CsvFile, url = relay.url): Promise<number> {
  const before = await spentShown(tab, fed, file, url);
  await tab.agree();
  return before;
}

async function leave(tab: Tab): Promise<Snapshot> {
  await tab.press('Leave now');
  return tab.until('it has left', (s) => s.activity === 'left');
}

/** Two tabs: the second shows the same budget, may spend none of its own, and goes on with it. */
async function twoTabs(first: Tab, fed: string) {
  const second = await Tab.inContext(first.context, new URL(`/f/${fed}`, relay.url).href);
  const mirrored = await second.until('it mirrors', (s) => s.budget.spent > 0);
  await second.page.getByText('Another tab of this browser is at work').waitFor();
  await second.page.goto(new URL(`/f/${fed}/join`, relay.url).href);
  await second.page.getByText('Another tab of this browser is at work').waitFor();
  const waysToSpend = await second.page.locator('input[type=file]').count();
  await second.page.goto(new URL(`/f/${fed}`, relay.url).href);
  await second.page.getByText('Another tab of this browser is at work').waitFor();
  const last = (await first.snapshot())!;
  await first.page.close();
  const taken = await second.until('it goes on', (s) => s.contributed > last.contributed);
  const { rate, sigma } = paymentsOf(await ledgerOf(second))[0]!;
  const now = (await second.snapshot())!;
  const paid = paymentsOf(openLedger(await ledgerOf(second)).records).length;
  const most = epsilonOf([{ rate, sigma, rounds: paid }], now.budget.delta).epsilon;
  const figures = {
    waysToSpendInTheSecond: waysToSpend,
    spentInTheFirst: round(last.budget.spent),
    spentInTheSecond: round(taken.budget.spent),
    accounts: new Set(paymentsOf(await ledgerOf(second)).map((r) => r.account)).size,
  };
  const good =
    mirrored.self === taken.self &&
    waysToSpend === 0 &&
    taken.budget.spent >= last.budget.spent &&
    now.budget.spent <= most + 1e-9 &&
    figures.accounts === 1;
  return { tab: second, figures, good };
}

/**
 * The page reloads itself once the last record of its ledger is a payment: a step that was paid for is under way. To ask from here would
 * take longer than a step does.
 * @returns the ledger as it was then, and what the page had shown
 */
async function reloadInMidStep(tab: Tab): Promise<{ readonly seen: Pick<BudgetRecord, 'hash'>[]; readonly at: Snapshot }> {
  const loaded = tab.page.waitForEvent('load');
  await tab.page.evaluate((key) => {
    const open = indexedDB.open('sovereign-mesh');
    let over = false; // the step before has ended
    const look = (db: IDBDatabase) => {
      const all = db.transaction('budget').objectStore('budget').getAll();
      all.addEventListener('success', () => {
        const seen = all.result as { hash: string; kind: string }[];
        const paid = seen.at(-1)?.kind === 'reserve';
        over ||= !paid;
        if (!over || !paid) return void setTimeout(look, 0, db);
        const { latest } = globalThis as { latest?: unknown };
        sessionStorage.setItem(key, JSON.stringify({ seen: seen.map(({ hash }) => ({ hash })), at: latest }));
        location.reload();
      });
    };
    open.addEventListener('success', () => look(open.result));
  }, SEEN);
  await loaded;
  return JSON.parse((await tab.page.evaluate((key) => sessionStorage.getItem(key), SEEN))!) as never;
}

/** Reloads the page while a round is paid for and its update not yet there. */
async function reloads(tab: Tab) {
  const found: { readonly before: number; readonly after: number; readonly midStep: boolean; readonly kept: boolean }[] = [];
  for (let turn = 0; turn < TRIES_MAX && found.filter((r) => r.midStep).length < RELOADS; turn++) {
    const { seen, at } = await reloadInMidStep(tab);
    const rest = await ledgerOf(tab); // before the new page's peer has paid again, or after: what was there is there
    const paid = rest[seen.length - 1];
    const midStep = paid?.kind === 'reserve' && !rest.some((r) => r.kind === 'release' && r.reservation === paid.seq);
    const back = await tab.until('it is back', (s) => s.budget.spent > 0 && s.activity !== 'connecting');
    found.push({
      before: round(at.budget.spent),
      after: round(back.budget.spent),
      midStep,
      kept: isPrefix(seen, rest) && back.budget.spent >= at.budget.spent,
    });
    await tab.until('it contributes again', (s) => s.contributed > at.contributed);
  }
  return found;
}

/** Copies of a file, edited as people edit, and rows of somebody else. */
async function copies(tab: Tab, second: string, otherwise: string, file: CsvFile) {
  const [header = '', ...lines] = file.text.trimEnd().split('\n');
  const cells = lines[7]!.split(',');
  cells[20] = cells[20] === '3' ? '4' : '3';
  const named = (name: string, rows: readonly string[]) => ({ name, text: `${[header, ...rows].join('\n')}\n` });
  const changed = named('changed.csv', lines.with(7, cells.join(',')));
  const shown = {
    changedCell: await spentShown(tab, second, changed),
    part: await spentShown(tab, second, named('part.csv', lines.slice(100, 140))),
    reordered: await spentShown(tab, second, named('reordered.csv', lines.toReversed())),
    otherwiseEncoded: await spentShown(tab, otherwise, named('again.csv', lines)),
    otherRows: await spentShown(tab, second, await sampleCsv(2)),
  };
  return { shown, changed };
}

async function main(): Promise<void> {
  const base = await builtinManifest(relay.url, 'Handwritten digits');
  if (base.task.kind !== 'table') throw new Error('the digits are no table');
  const columns = base.task.columns.map((column) => (column.kind === 'number' ? { ...column, max: column.max * 2 } : column));
  const change: Partial<ManifestBody> = { task: { ...base.task, columns }, testSet: null };
  const first = await publishDigits(relay.url, FIRST, ROUNDS, TIMING, HIDDEN);
  // Two who go on when the first one's budget is spent: without them the federation would be finished.
  const second = await publishDigits(relay.url, SECOND, ROUNDS_TO_THE_END, { ...TIMING, minContributors: 2 });
  const otherwise = await publishDigits(relay.url, OTHERWISE, ROUNDS, TIMING, undefined, change);
  const file = await sampleCsv(1);

  const opened = await Tab.open(browser, relay.url);
  const unspent = await takePart(opened, first, file);
  await opened.until('its first rounds', (s) => s.contributed >= 2);
  const shared = await twoTabs(opened, first);
  const { tab } = shared;
  const reloaded = await reloads(tab);
  const left = await leave(tab);
  const { shown, changed } = await copies(tab, second, otherwise, file);
  const sharing = [shown.changedCell, shown.part, shown.reordered, shown.otherwiseEncoded];
  process.stdout.write(`${JSON.stringify({ ...shared.figures, reloaded, shown })}\n`);

  const before = await takePart(tab, second, changed);
  for (const part of [2, 3]) {
    const options = { relay: relay.url, federation: second, data: { sample: `digits-${part}.csv` } };
    others.push(await openHeadlessPeer({ ...options, folder: join(folder, String(part)) }));
  }
  const stopped = await tab.until('it stops', (s) => s.federation === second && ['budget-spent', 'finished'].includes(s.activity));
  const reason = await tab.page
    .getByText(/Your allowance (is used|does not pay)/)
    .first()
    .waitFor({ timeout: QUIET_MS })
    .then(
      () => true,
      () => false,
    );
  const paid = paymentsOf(await ledgerOf(tab)).length;
  await sleep(QUIET_MS);
  const paidLater = paymentsOf(await ledgerOf(tab)).length - paid;
  const end = (await tab.snapshot()) ?? stopped;
  const { budget } = end;
  await openSignedLedger(await ledgerOf(tab), null);

  const added = await addedFromElsewhere(tab, otherwise);
  const unspentByReload = reloaded.filter((r) => !r.kept).length;
  const figures = {
    twoTabs: shared.figures,
    reloadsInMidStep: reloaded.filter((r) => r.midStep).length,
    unspentByReload,
    epsilonOverReloads: reloaded.map((r) => [r.before, r.after]),
    spentBeforeTheFirstJoin: unspent,
    spentWhenItLeft: round(left.budget.spent),
    spentShownForCopies: shown,
    atTheLimit: {
      activity: stopped.activity,
      reasonShown: reason,
      epsilon: budget.epsilon,
      spent: round(budget.spent),
      spentBefore: before,
      roundsHere: end.contributed,
      roundsOfAFreshBudget: ROUNDS_TO_THE_END,
      paymentsAfterwards: paidLater,
    },
    elsewhere: added,
    pageErrors: [...opened.errors, ...tab.errors].length,
  };
  const pass =
    shared.good &&
    figures.reloadsInMidStep >= RELOADS &&
    unspentByReload === 0 &&
    unspent === 0 &&
    sharing.every((value) => value > 0 && value >= Number(left.budget.spent.toPrecision(3))) &&
    shown.otherRows === 0 &&
    stopped.activity === 'budget-spent' &&
    figures.atTheLimit.reasonShown &&
    budget.spent <= budget.epsilon &&
    end.contributed < ROUNDS_TO_THE_END &&
    paidLater === 0 &&
    added.refusedAtFirst &&
    added.after > added.before;
  verdict('e2e:budget', pass, figures, targets);
}

/** The same person on another origin: another database, other keys. What they spend there is saved, and counted here. */
async function addedFromElsewhere(tab: Tab, fed: string) {
  const there = await publishDigits(elsewhere.url, ELSEWHERE, ROUNDS, TIMING);
  const other = await Tab.inContext(tab.context, elsewhere.url);
  await takePart(other, there, await sampleCsv(3), elsewhere.url);
  const spentThere = await other.until('rounds elsewhere', (s) => s.contributed >= 2);
  await leave(other);
  const [download] = await Promise.all([
    other.page.waitForEvent('download'),
    other.part('Privacy').then(() => other.page.getByRole('button', { name: 'Save the record' }).click()),
  ]);
  const parts: Buffer[] = [];
  for await (const part of await download.createReadStream()) parts.push(part as Buffer);
  const record = { name: 'record.json', mimeType: 'application/json', buffer: Buffer.concat(parts) };
  await other.page.close();
  const before = await spentShown(tab, fed, await sampleCsv(2));
  await tab.page.goto(new URL(`/f/${fed}`, relay.url).href);
  await tab.part('Privacy');
  await tab.page.getByText('Load a saved record').click();
  await tab.page.getByLabel('The saved record').setInputFiles(record);
  const refusedAtFirst = await tab.page
    .getByRole('alert')
    .first()
    .waitFor()
    .then(() => true);
  await tab.page.getByLabel('It is from another browser, device or site of mine').check();
  await tab.page.getByLabel('The saved record').setInputFiles(record);
  await tab.page.getByText('Loaded. Everything in it is counted.').waitFor();
  const after = await spentShown(tab, fed, await sampleCsv(2));
  return { record: hashBytes(record.buffer).slice(0, 8), spentThere: round(spentThere.budget.spent), refusedAtFirst, before, after };
}

try {
  await main();
} finally {
  for (const other of others) await other.close();
  await browser.close();
  await rm(folder, { recursive: true, force: true });
  await relay.remove();
  await elsewhere.remove();
}
process.exit();
