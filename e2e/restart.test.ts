import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Hash } from '#protocol/codec';
import { openHeadlessPeer, type HeadlessPeer } from '#workers/peer/headless';
import { fetchFederations, fetchHead } from '#signaling/relay-client';
import { publishDigits } from './publish.ts';
import { joinedTabs, openStage, relayErrors, type Stage } from './stage.ts';
import type { Tab } from './tab.ts';

const NAME = 'Through a restart';

let stage: Stage;
let federation: string;
let folder: string;
let headless: HeadlessPeer;
let tabs: Tab[];
beforeAll(async () => {
  stage = await openStage();
  federation = await publishDigits(stage.relay.url, NAME, 900, { minContributors: 3, joinWindowMs: 300, takeoverMs: 3000 });
  folder = await mkdtemp(join(tmpdir(), 'mesh-third-'));
  headless = await openHeadlessPeer({ relay: stage.relay.url, folder, federation, data: { sample: 'digits-3.csv' } });
  tabs = await joinedTabs(stage, NAME, 2);
});
afterAll(async () => {
  await headless?.close();
  await stage?.close();
  if (folder !== undefined) await rm(folder, { recursive: true, force: true });
});

const idsOf = async () => (await fetchFederations(stage.relay.url)).map(({ id }) => id).sort();

const head = () => fetchHead(stage.relay.url, federation as Hash);

/** The rounds that every tab holds now, and their budgets. */
const seen = () => Promise.all(tabs.map(async (tab) => (await tab.snapshot())!));

async function goesOn(before: Awaited<ReturnType<typeof seen>>): Promise<void> {
  for (const [i, tab] of tabs.entries()) {
    const after = await tab.until(
      'it goes on by itself',
      (s) => s.round >= before[i]!.round + 3 && s.contributed > before[i]!.contributed + 1,
    );
    expect(after.budget.spent).toBeGreaterThanOrEqual(before[i]!.budget.spent);
    expect(after.problem).toBeNull();
  }
}

describe('a relay that stops in the middle of training', () => {
  it('killed without warning: comes back with the same federations and no certified round lost, and the tabs go on by themselves', async () => {
    await Promise.all(tabs.map((tab) => tab.until('three rounds', (s) => s.contributed >= 3)));
    const ids = await idsOf();
    await tabs[0]!.until(
      'the middle of a round',
      (s) => s.activity === 'training' || s.activity === 'waiting-for-others' || s.activity === 'deciding',
    );
    await stage.relay.kill();
    // What a tab holds as certified was durable at the seat before it was told.
    const before = await seen();
    const certified = Math.max(...before.map((s) => s.round));
    await tabs[0]!.page.getByText('The relay does not answer').first().waitFor();
    await stage.relay.restart();
    expect(await idsOf()).toEqual(ids);
    const recovered = await head();
    expect(recovered.round).toBeGreaterThanOrEqual(certified);
    await goesOn(before);
  });

  it('told to stop: drains with exit code 0, and everybody goes on when it is back', async () => {
    const before = await seen();
    expect(await stage.relay.stop()).toBe(0);
    await stage.relay.restart();
    expect((await head()).round).toBeGreaterThanOrEqual(Math.max(...before.map((s) => s.round)));
    await goesOn(before);
    expect(relayErrors(stage.relay.log)).toEqual([]);
    // A browser writes each failed connection to the console by itself; nothing else may be there.
    expect(tabs.flatMap((tab) => tab.errors).filter((text) => !text.includes('WebSocket connection to'))).toEqual([]);
  });
});
