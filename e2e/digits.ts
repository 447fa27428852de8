/**
 * `npm run prove -- e2e:digits [--skew]`: three browser tabs, a third of the real digits each (with --skew: the digits 0-2, 3-5, 6-9), one
 * model together at epsilon 1, and four more runs of the same code headless. Judged on the test file, by other writers.
 */
import { createHash } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import type { ManifestBody } from '#protocol/manifest/manifest';
import { openHeadlessPeer } from '#workers/peer/headless';
import type { Snapshot } from '#workers/api';
import { accuracyOf, memberFiles, soloAccuracy, testRows } from './optdigits.ts';
import { builtinManifest } from './publish.ts';
import { rawTransferMs } from './raw-transfer.ts';
import { startRelayProcess } from './relay-process.ts';
import { launchChromium, Tab } from './tab.ts';
import { lacking, mean, percentile, round, verdict } from './verdict.ts';

const FEDERATION = 'Handwritten digits';
const PATIENCE_MS = 600_000;
const HEADLESS_RUNS = 4;
const { values } = parseArgs({ options: { skew: { type: 'boolean', default: false } } });
const name = values.skew ? 'e2e:digits --skew' : 'e2e:digits';

const ended = (s: Snapshot) => s.activity === 'finished' || s.activity === 'budget-spent';
const hashOf = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex');

interface BrowserRun {
  readonly manifest: ManifestBody;
  readonly accuracy: number;
  readonly sameModelHash: boolean;
  readonly epsilon: number;
  readonly rounds: number;
  readonly seconds: number;
  readonly bytesOutPerRoundPerTab: number;
  readonly roundOverheadMs: number;
  readonly rawTransferMs: number;
  readonly directLinks: number;
  readonly consoleErrors: number;
}

async function inBrowser(files: readonly string[]): Promise<BrowserRun> {
  const relay = await startRelayProcess();
  const browser = await launchChromium();
  try {
    const manifest = await builtinManifest(relay.url, FEDERATION);
    const began = performance.now();
    const tabs = await Promise.all(files.map(() => Tab.open(browser, relay.url)));
    for (const [i, tab] of tabs.entries()) await tab.join(FEDERATION, { name: `member-${i + 1}.csv`, text: files[i]! });
    const last = await Promise.all(tabs.map((tab, i) => tab.until(`tab ${i + 1} ends`, ended, PATIENCE_MS)));
    const top = Math.max(...last.map((s) => s.round));
    const snapshots = await Promise.all(tabs.map((tab) => tab.until('the same round', (s) => s.round >= top)));
    const seconds = (performance.now() - began) / 1000;
    const models = await Promise.all(tabs.map((tab) => tab.download()));
    const rounds = snapshots[0]!.models;
    const bytes = mean(snapshots.map((s) => s.bytesOut / rounds));
    const up = mean(snapshots.map((s) => s.outbox.find((l) => l.kind === 'update')!.bytes));
    return {
      manifest,
      rounds,
      seconds,
      accuracy: await accuracyOf(models[0]!, manifest, await testRows(manifest)),
      sameModelHash: new Set(models.map(hashOf)).size === 1 && new Set(snapshots.map((s) => s.state)).size === 1,
      epsilon: Math.max(...snapshots.map((s) => s.budget.spent)),
      bytesOutPerRoundPerTab: Math.round(bytes),
      roundOverheadMs: overhead(snapshots),
      // A record with its certificate is about a kilobyte; what comes down in a round is the others' updates too.
      rawTransferMs: await rawTransferMs(browser, tabs.length, Math.round(up), Math.round(up)),
      directLinks: snapshots.reduce((n, s) => n + s.peers.filter((p) => p.path === 'direct').length, 0) / 2,
      consoleErrors: tabs.reduce((n, t) => n + t.errors.length, 0),
    };
  } finally {
    await browser.close();
    await relay.remove();
  }
}

/** Median over rounds: from the last needed update's departure to the last tab's receipt of the certified record. */
function overhead(snapshots: readonly Snapshot[]): number {
  const times: number[] = [];
  for (const { round: number, kind } of snapshots[0]!.rounds) {
    const lines = snapshots.map((s) => s.rounds.find((r) => r.round === number));
    if (kind !== 'model' || lines.some((l) => l === undefined || l.updateSentAt === null)) continue;
    times.push(Math.max(...lines.map((l) => l!.decidedAt)) - Math.max(...lines.map((l) => l!.updateSentAt!)));
  }
  return percentile(times, 0.5);
}

async function headless(files: readonly string[]): Promise<{ accuracy: number; epsilon: number }> {
  const relay = await startRelayProcess();
  const folder = await mkdtemp(join(tmpdir(), 'mesh-peers-'));
  const manifest = await builtinManifest(relay.url, FEDERATION);
  const peers = await Promise.all(
    files.map((text, i) => openHeadlessPeer({ relay: relay.url, folder: join(folder, String(i)), federation: FEDERATION, data: { text } })),
  );
  try {
    const end = Date.now() + PATIENCE_MS;
    while (!peers.every((p) => p.snapshot() !== null && ended(p.snapshot()!))) {
      if (Date.now() > end) throw new Error(`headless run: ${peers.map((p) => p.snapshot()?.activity).join(', ')}`);
      await new Promise((resolve) => setTimeout(resolve, 200));
    }
    const model = await peers[0]!.peer.download();
    if (!model.ok) throw new Error(model.error.code);
    const accuracy = await accuracyOf(model.value.bytes, manifest, await testRows(manifest));
    return { accuracy, epsilon: Math.max(...peers.map((p) => p.snapshot()!.budget.spent)) };
  } finally {
    for (const peer of peers) await peer.close();
    await relay.remove();
    await rm(folder, { recursive: true, force: true });
  }
}

async function main(): Promise<void> {
  const target = values.skew ? 0.85 : 0.9;
  const targets = {
    accuracy: `>= ${target}`,
    epsilon: '<= 1',
    sameModelHash: true,
    ...(values.skew ? { soloAccuracy: '<= 0.4 each' } : {}),
  };
  const files = await memberFiles(0, values.skew);
  if (files === null) return lacking(name, 'optdigits', targets);
  const first = await inBrowser(files);
  process.stdout.write(`browser: accuracy ${round(first.accuracy)}, ${first.rounds} rounds in ${round(first.seconds, 1)} s\n`);
  const runs: { accuracy: number; epsilon: number }[] = [first];
  for (let run = 1; run <= HEADLESS_RUNS; run++) {
    const result = await headless((await memberFiles(run, values.skew))!);
    process.stdout.write(`headless ${run}: accuracy ${round(result.accuracy)}\n`);
    runs.push(result);
  }
  const test = await testRows(first.manifest);
  const solo = await Promise.all(files.map((csv) => soloAccuracy(csv, first.manifest, test)));
  const accuracy = mean(runs.map((r) => r.accuracy));
  const epsilon = Math.max(...runs.map((r) => r.epsilon));
  const figures = {
    accuracy: round(accuracy),
    accuracies: runs.map((r) => round(r.accuracy)),
    soloAccuracy: values.skew ? solo.map((s) => round(s)) : round(mean(solo)),
    joiningHelps: accuracy > Math.max(...solo),
    epsilon: round(epsilon, 6),
    delta: first.manifest.privacy.delta,
    sameModelHash: first.sameModelHash,
    rounds: first.rounds,
    seconds: round(first.seconds, 1),
    bytesOutPerRoundPerTab: first.bytesOutPerRoundPerTab,
    roundOverheadMs: round(first.roundOverheadMs, 1),
    rawTransferMs: round(first.rawTransferMs, 1),
    overheadRatio: round(first.roundOverheadMs / first.rawTransferMs, 1),
    directLinks: first.directLinks,
    consoleErrors: first.consoleErrors,
  };
  const soloHolds = !values.skew || solo.every((s) => s <= 0.4);
  verdict(name, accuracy >= target && epsilon <= 1 && first.sameModelHash && first.consoleErrors === 0 && soloHolds, figures, targets);
}

await main();
process.exit();
