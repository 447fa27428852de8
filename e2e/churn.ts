/**
 * `npm run prove -- e2e:churn`: five tabs train 40 rounds or more while every few rounds one of them is reloaded, closed or crashed and comes
 * back on its profile, eight times or more, and the relay is stopped once and killed once. Nothing may hang, few rounds may be lost,
 * and a budget never shrinks.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Hash } from '#protocol/codec';
import type { Snapshot } from '#workers/api';
import { fetchHead } from '#signaling/relay-client';
import { memberFiles } from './optdigits.ts';
import { publishDigits } from './publish.ts';
import { startRelayProcess, type RelayProcess } from './relay-process.ts';
import { launchChromium, Tab } from './tab.ts';
import { lacking, round, verdict } from './verdict.ts';
import { allRecords } from './records.ts';

const NAME = 'Digits under churn';
const ROUNDS = 40;
const ROUNDS_BETWEEN = 3;
/** Rounds may pass while a page comes back, so that 40 of them can be over after a few. */
const KILLS = 8;
const RESTARTS = 2;
const TABS = 5;
const TIMING = { minContributors: 3, joinWindowMs: 1500, deadlineMs: 10_000, takeoverMs: 5000 };
/** A model large enough that a round takes about as long as a page's reload; with the built-in one 40 rounds pass in ten seconds. */
const HIDDEN = [256, 128];
/** A slot's longest honest life: window, deadline, one take-over, two repeats of lost messages, and a relay's or page's start. */
const HANG_MS = TIMING.joinWindowMs + TIMING.deadlineMs + TIMING.takeoverMs + 4000 + 15_000;
const KINDS = ['reload', 'crash', 'close', 'crash'] as const;

interface Churn {
  readonly kind: string;
  /** From the relay's head when the tab had its links again to the first model with its update. */
  readonly roundsUntilBack: number;
  readonly budgetKept: boolean;
  /** null when the state had moved on before the tab was back. */
  readonly updateUnchanged: boolean | null;
}

let hangs = 0;
let longestMs = 0;

async function headRound(relay: RelayProcess, fed: string): Promise<number> {
  return fetchHead(relay.url, fed as Hash).then(
    (head) => head.round,
    () => 0,
  );
}

/** Waits for rounds to go on; every gap that is longer than a slot may last is a hang. */
async function untilRound(relay: RelayProcess, fed: string, wanted: number): Promise<number> {
  let [last, since, counted] = [await headRound(relay, fed).catch(() => 0), Date.now(), false];
  for (;;) {
    const now = await headRound(relay, fed).catch(() => last);
    if (now > last) {
      longestMs = Math.max(longestMs, Date.now() - since);
      [last, since, counted] = [now, Date.now(), false];
    } else if (Date.now() - since > HANG_MS && !counted) {
      hangs++;
      counted = true;
      process.stdout.write(`hang after round ${last}\n`);
    }
    if (last >= wanted) return last;
    if (Date.now() - since > 5 * HANG_MS) throw new Error(`no round after ${last} for ${Date.now() - since} ms`);
    await sleep(100);
  }
}

const ownUpdate = (s: Snapshot | null) => (s === null ? null : (s.outbox.find((line) => line.kind === 'update')?.update?.hash ?? null));

/** The tab's update that is under way, from the page's own storage: what a reload must find again. */
function keptUpdate(tab: Tab, fed: string): Promise<{ vector: string; state: string } | null> {
  return tab.page.evaluate(async (federation) => {
    const open = indexedDB.open('sovereign-mesh');
    const db = await new Promise<IDBDatabase>((resolve, reject) => {
      open.addEventListener('success', () => resolve(open.result));
      open.addEventListener('error', () => reject(open.error as Error));
    });
    const get = db.transaction('cells').objectStore('cells').get([federation, 'own']);
    const held = await new Promise<{ signed: { body: { vector: string; state: string } } } | undefined>((resolve) =>
      get.addEventListener('success', () => resolve(get.result as never)),
    );
    db.close();
    return held === undefined ? null : { vector: held.signed.body.vector, state: held.signed.body.state };
  }, fed);
}

/** @param relayDown takes the relay away before the tab goes, so that its update is likely to be the one that is still wanted */
async function churn(
  relay: RelayProcess,
  tab: Tab,
  kind: (typeof KINDS)[number],
  fed: string,
  relayDown: (() => Promise<void>) | null,
): Promise<Churn> {
  // In the middle of a round where possible: its update is made and not yet in a model.
  await tab.until('an update under way', (s) => s.activity === 'waiting-for-others' || s.activity === 'deciding', 3000).catch(() => null);
  await relayDown?.();
  const before = await tab.snapshot();
  const kept = await keptUpdate(tab, fed).catch(() => null);
  const reopened = Date.now();
  if (kind === 'reload' && relayDown === null) {
    await tab.page.reload();
  } else {
    if (kind === 'crash') {
      const session = await tab.context.newCDPSession(tab.page);
      // A crashed page answers no protocol call: nobody waits for this one.
      void session.send('Page.crash').catch(() => null);
      await sleep(500);
    }
    await tab.page.close({ runBeforeUnload: false }).catch(() => null);
    if (relayDown !== null) await relay.restart();
    await tab.reopen(`/f/${fed}`);
  }
  const first = await tab.until('the tab is back', (s) => s.peers.length > 0 && s.activity !== 'connecting');
  const head = await headRound(relay, fed).catch(() => first.round);
  const again = await tab.until(
    'contributes again',
    (s) => s.rounds.some((r) => r.decidedAt > reopened && r.updateSentAt !== null),
    240_000,
  );
  const back = again.rounds.find((r) => r.decidedAt > reopened && r.updateSentAt !== null)!;
  const resent = again.outbox.filter((l) => l.kind === 'update').at(-1)?.update?.hash ?? ownUpdate(again);
  const sameState = kept !== null && first.state === kept.state;
  return {
    kind,
    roundsUntilBack: Math.max(1, back.round - head),
    budgetKept: before === null || again.budget.spent >= before.budget.spent,
    updateUnchanged: sameState ? resent === kept.vector : null,
  };
}

async function main(): Promise<void> {
  const targets = { hangs: 0, lost: '<= 1 per kill', commitRate: '>= 0.9', roundsUntilBack: '<= 2', budgetsShrunk: 0, updatesChanged: 0 };
  const files = await memberFiles(0, false);
  if (files === null) return lacking('e2e:churn', 'optdigits', targets);
  const lines = files.join('\n').split('\n');
  const relay = await startRelayProcess();
  const browser = await launchChromium();
  try {
    const fed = await publishDigits(relay.url, NAME, 4 * ROUNDS, TIMING, HIDDEN);
    const tabs = await Promise.all(Array.from({ length: TABS }, () => Tab.open(browser, relay.url)));
    for (const [i, tab] of tabs.entries())
      await tab.join(NAME, { name: `member-${i}.csv`, text: lines.filter((_, n) => n % TABS === i).join('\n') });
    const churns: Churn[] = [];
    let restarts = 0;
    let at = await untilRound(relay, fed, 3);
    for (let turn = 0; at < ROUNDS || turn < KILLS || restarts < RESTARTS; turn++) {
      let down: (() => Promise<void>) | null = null;
      if (restarts < RESTARTS && at >= (restarts + 1) * Math.floor(ROUNDS / 3)) {
        const first = restarts++ === 0;
        down = async () => void (await (first ? relay.stop() : relay.kill()));
        process.stdout.write(`round ${at}: the relay is ${first ? 'stopped' : 'killed'} while the next tab goes\n`);
      }
      const result = await churn(relay, tabs[turn % TABS]!, KINDS[turn % KINDS.length]!, fed, down);
      churns.push(result);
      process.stdout.write(`round ${at}: ${JSON.stringify(result)}\n`);
      at = await untilRound(relay, fed, at + ROUNDS_BETWEEN);
    }
    await report(relay, fed, tabs, churns, restarts, targets);
  } finally {
    await browser.close();
    await relay.remove();
  }
}

async function report(
  relay: RelayProcess,
  fed: string,
  tabs: readonly Tab[],
  churns: readonly Churn[],
  restarts: number,
  targets: Record<string, unknown>,
): Promise<void> {
  const records = await allRecords(relay.url, fed);
  const kinds = records.map((r) => r.record.kind);
  const models = kinds.filter((k) => k === 'model').length;
  const skips = kinds.length - models;
  const kills = churns.length;
  const conflicts = (await Promise.all(tabs.map((t) => t.snapshot()))).filter((s) => s?.problem?.code === 'conflict').length;
  const compared = churns.filter((c) => c.updateUnchanged !== null);
  const changed = compared.filter((c) => c.updateUnchanged === false).length + conflicts;
  const back = churns.map((c) => c.roundsUntilBack);
  const budgetsShrunk = churns.filter((c) => !c.budgetKept).length;
  const commitRate = models / kinds.length;
  const figures = {
    hangs,
    lost: skips,
    kills,
    crashes: churns.filter((c) => c.kind === 'crash').length,
    relayRestarts: restarts,
    commitRate: round(commitRate),
    rounds: kinds.length,
    roundsUntilBackMax: Math.max(...back),
    budgetsShrunk,
    updatesCompared: compared.length,
    updatesChanged: changed,
    longestGapMs: longestMs,
  };
  const pass =
    hangs === 0 &&
    skips <= kills &&
    commitRate >= 0.9 &&
    Math.max(...back) <= 2 &&
    budgetsShrunk === 0 &&
    changed === 0 &&
    restarts === RESTARTS;
  verdict('e2e:churn', pass, figures, targets);
}

await main();
process.exit();
