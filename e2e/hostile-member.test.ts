import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Hash } from '#protocol/codec';
import type { CertifiedRecord } from '#protocol/round/messages';
import { membersOf } from '#protocol/round/record';
import { HostileMember, LIES } from './hostile-member.ts';
import { builtinManifest, publishDigits } from './publish.ts';
import { joinedTabs, openStage, relayErrors, type Stage } from './stage.ts';
import type { Tab } from './tab.ts';
import { allRecords } from './records.ts';

const NAME = 'With a liar';
/** A liar that says nothing costs its round the deadline, which must be long enough for the honest ones on a busy machine. */
const PACE = { minContributors: 2, joinWindowMs: 1000, deadlineMs: 5000, takeoverMs: 3000 };

let stage: Stage;
let federation: Hash;
let tabs: Tab[];
const liars: HostileMember[] = [];
beforeAll(async () => {
  stage = await openStage();
  federation = (await publishDigits(stage.relay.url, NAME, 900, PACE)) as Hash;
  tabs = await joinedTabs(stage, NAME, 2);
});
afterAll(async () => {
  for (const liar of liars) liar.close();
  await stage?.close();
});

async function records(): Promise<CertifiedRecord['record'][]> {
  return (await allRecords(stage.relay.url, federation)).map(({ record }) => record);
}

describe('a member that lies', () => {
  it('costs time and nothing else: rounds are decided for the honest ones, and only updates within the bound count', async () => {
    await Promise.all(tabs.map((tab) => tab.until('two rounds', (s) => s.contributed >= 2)));
    const manifest = await builtinManifest(stage.relay.url, NAME);
    // A key of its own for each lie: one that lied is not heard for a while, or not listed.
    for (const lie of LIES) {
      const liar = await HostileMember.enter(stage.relay.url, federation, manifest, [lie]);
      liars.push(liar);
      const end = Date.now() + 60_000;
      while (liar.told.length === 0 && Date.now() < end) await sleep(50);
      expect(liar.told[0]?.lie).toBe(lie);
      await sleep(1000); // what it is answered
      liar.close();
    }

    const told = liars.map(({ id, told: [first] }) => ({ id, ...first! }));
    const last = told.at(-1)!.round;
    const after = await Promise.all(tabs.map((tab) => tab.until('rounds after the last lie', (s) => s.round >= last + 2)));
    const decided = new Map((await records()).map((record) => [record.round, record]));
    const honest = after.map((s) => s.self);
    for (const { id: liar, round, lie } of told) {
      const record = decided.get(round)!;
      expect(record.kind, lie).toBe('model');
      const members = membersOf(record);
      for (const id of honest) expect(members, lie).toContain(id);
      // Two updates within the bound are one that counts; nothing else of the liar's does.
      expect(members.filter((id) => id === liar).length, lie).toBeLessThanOrEqual(lie === 'two-updates' ? 1 : 0);
    }
    // After its first broken frame a key is not heard, so that nothing else of its garbage is answered.
    for (const code of ['frame-malformed', 'out-of-bound', 'wrong-length', 'signature-invalid', 'conflict']) {
      expect(liars.flatMap(({ refusals }) => [...refusals])).toContain(code);
    }
    for (const s of after) expect(s.problem).toBeNull();
    expect(tabs.flatMap((tab) => tab.errors)).toEqual([]);
    expect((await fetch(new URL('/readyz', stage.relay.url))).status).toBe(200);
    expect(relayErrors(stage.relay.log)).toEqual([]);
  });
});
