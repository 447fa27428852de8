import { createHash } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Snapshot } from '#workers/api';
import { publishDigits } from './publish.ts';
import { contextWithoutRtc, joinedTabs, openStage, relayErrors, sampleCsv, type Stage } from './stage.ts';
import { Tab } from './tab.ts';
import { figureOf } from '#workers/trainer/goodness';

const PACE = { minContributors: 2, joinWindowMs: 500, deadlineMs: 10_000, takeoverMs: 3000 };

const hashOf = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex');
const ended = (s: Snapshot) => s.activity === 'finished' || s.activity === 'budget-spent';
const contributedRounds = (s: Snapshot) => s.rounds.filter((r) => r.updateSentAt !== null).length;
const directPeers = (s: Snapshot) => s.peers.filter((p) => p.path === 'direct').length;

let stage: Stage;
beforeAll(async () => {
  stage = await openStage();
});
afterAll(() => stage?.close());

describe('three people in three browsers', () => {
  it('train together over direct links until their budgets end, and hold the same model', async () => {
    const tabs = await joinedTabs(stage, 'Handwritten digits', 3);
    const early = await Promise.all(
      tabs.map((tab) => tab.until('four rounds over direct links', (s) => contributedRounds(s) >= 4 && directPeers(s) === 2)),
    );
    for (const [i, tab] of tabs.entries()) {
      const { budget, outbox } = early[i]!;
      expect(budget.spent).toBeGreaterThan(0);
      expect(outbox.some((line) => line.kind === 'update' && line.update !== null && line.path === 'direct')).toBe(true);
      const shown = () => tab.page.getByRole('meter').first().getAttribute('aria-valuenow').then(Number);
      await expect.poll(shown, { timeout: 30_000 }).toBeGreaterThanOrEqual(budget.spent);
      await tab.part('Privacy');
      const log = tab.page.getByRole('region', { name: 'What left my device' });
      await log.getByText('noised with').first().waitFor();
    }
    const last = await Promise.all(tabs.map((tab) => tab.until('the end', ended)));
    const top = Math.max(...last.map((s) => s.round));
    const snapshots = await Promise.all(tabs.map((tab) => tab.until('the same round', (s) => s.round === top)));
    expect(new Set(snapshots.map((s) => s.state)).size).toBe(1);
    for (const [i, s] of snapshots.entries()) {
      expect(s.budget.spent).toBeGreaterThan(early[i]!.budget.spent);
      expect(s.budget.spent).toBeLessThanOrEqual(s.budget.epsilon);
      expect(s.problem).toBeNull();
    }
    // The model of the last round is scored after it is there.
    await tabs[0]!.until('a better model than chance', (s) => s.scores.at(-1)?.round === top && figureOf(s.scores.at(-1)!) > 0.5);
    const models = await Promise.all(tabs.map((tab) => tab.download()));
    expect(models[0]!.length).toBeGreaterThan(650 * 4);
    expect(new Set(models.map(hashOf)).size).toBe(1);
    expect(tabs.flatMap((tab) => tab.errors)).toEqual([]);
    await Promise.all(tabs.map((tab) => tab.context.close()));
  });

  it('a tab without WebRTC takes part through the mailbox; reload resumes by itself; one finishes its round, one leaves at once', async () => {
    const name = 'Coming and going';
    await publishDigits(stage.relay.url, name, 600, PACE);
    const blocked = await Tab.inContext(await contextWithoutRtc(stage.browser), stage.relay.url);
    await blocked.join(name, await sampleCsv(3));
    const [first, second] = await joinedTabs(stage, name, 2);

    const relayed = await blocked.until('rounds through the mailbox', (s) => contributedRounds(s) >= 3 && s.peers.length === 3);
    expect(relayed.peers.every((p) => p.path === 'relayed')).toBe(true);
    await first!.until('both kinds of path', (s) => directPeers(s) === 1 && s.peers.length === 3);

    // In the middle of a round: the update is made, the round is not decided.
    const before = await first!.until(
      'an update under way',
      (s) => s.activity === 'training' || s.activity === 'waiting-for-others' || s.activity === 'deciding',
    );
    await first!.page.reload();
    const back = await first!.until('the tab is back', (s) => s.peers.length > 0 && s.activity !== 'connecting');
    expect(back.budget.spent).toBeGreaterThanOrEqual(before.budget.spent);
    expect(back.contributed).toBeGreaterThanOrEqual(before.contributed);
    expect(back.data?.name).toBe('digits-1.csv');
    await first!.until('it contributes again', (s) => contributedRounds(s) >= 2 && s.budget.spent > before.budget.spent);
    expect(await first!.page.getByRole('button', { name: 'I agree, start training' }).count()).toBe(0);

    await second!.press('Finish and leave');
    const finished = await second!.until('it has left', (s) => s.activity === 'left');
    await second!.page.getByText('You have left').first().waitFor();
    await blocked.until('the others go on without it', (s) => s.round >= finished.round + 3);
    const after = (await second!.snapshot())!;
    expect(after.rounds.filter((r) => r.round > finished.round && r.updateSentAt !== null)).toEqual([]);

    await blocked.press('Leave now');
    await blocked.until('it has left', (s) => s.activity === 'left');
    // One alone is no federation: the round waits for a second person.
    await first!.until(
      'alone again',
      (s) => s.activity === 'gathering' || s.activity === 'waiting-for-others' || s.activity === 'finished',
    );
    expect([first, second, blocked].flatMap((tab) => tab!.errors)).toEqual([]);
  });

  it('leaves no error in the relay’s log', () => {
    expect(stage.relay.log.length).toBeGreaterThan(0);
    expect(relayErrors(stage.relay.log)).toEqual([]);
  });
});
