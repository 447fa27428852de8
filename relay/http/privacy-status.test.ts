import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { encode, hashBytes, type Hash } from '#protocol/codec';
import type { PeerId } from '#protocol/identity';
import { updateLength } from '#protocol/manifest/manifest';
import { billedEpsilon, curveTermsOf, roundCurve } from '#protocol/privacy/round-curve';
import type { SpentHere } from '../contributions.ts';
import { newIdentity, signedBytes, testManifest } from '../manifest.fixture.ts';
import { startTestApp, type TestApp } from './app.fixture.ts';
import { appendTo } from '../store/store-suite.ts';

let t: TestApp;
beforeEach(async () => {
  t = await startTestApp();
});
afterEach(() => t.close());

const ask = () => fetch(`${t.url}/privacy/status`);

it('reports each federation’s policy as in its manifest, and its decided rounds', async () => {
  const steward = await newIdentity();
  const body = testManifest(steward.id, t.self.id);
  const { manifest } = await t.federations.publish(await signedBytes(steward, body));
  const answer = await ask();
  expect([answer.status, answer.headers.get('cache-control')]).toEqual([200, 'no-store']);
  const { unit, epsilon, delta, sigma, clip, rate, rounds } = body.privacy;
  const policy = { unit, relation: 'add-remove', mechanism: 'poisson-discrete-gaussian', epsilon, delta, sigma, clip, rate, rounds };
  expect(await answer.json()).toEqual([{ id: manifest.id, name: 'Test', ...policy, decided: 0, spent: null }]);
  const bytes = encode({ record: { contributions: [] }, commits: [], attests: [] });
  const stored = { fed: manifest.id, epoch: 0, round: 7, id: manifest.id, state: manifest.id, bytes };
  await appendTo(t.store, stored);
  expect(await (await ask()).json()).toMatchObject([{ decided: 7 }]);
});

describe('what members’ updates cost', () => {
  const PEOPLE = 12;

  /** Decides rounds: `members[i]` has an update in each of the first `rounds[i]`. */
  async function decide(members: readonly PeerId[], rounds: readonly number[]): Promise<Hash> {
    const steward = await newIdentity();
    const { manifest } = await t.federations.publish(await signedBytes(steward, testManifest(steward.id, t.self.id)));
    for (let round = 1; round <= Math.max(...rounds); round++) {
      const there = members.filter((_, i) => rounds[i]! >= round);
      const contributions = there.map((member) => ({ kind: 'update', member, vector: manifest.id, ledger: manifest.id }));
      const record = { fed: manifest.id, epoch: 0, round, contributions };
      const bytes = encode({ record, commits: [], attests: [] });
      await appendTo(t.store, { fed: manifest.id, epoch: 0, round, id: hashBytes(bytes), state: manifest.id, bytes });
    }
    return manifest.id;
  }
  const people = () => Promise.all(Array.from({ length: PEOPLE }, async () => (await newIdentity()).id));
  const spentOf = async (id: Hash) =>
    ((await (await ask()).json()) as { id: Hash; spent: SpentHere | null }[]).find((one) => one.id === id)!.spent;
  /** A thread computes the price first. */
  const toldOf = (id: Hash) =>
    vi.waitFor(async () => (await spentOf(id)) ?? Promise.reject(new Error('nothing is told yet')), { timeout: 20_000, interval: 50 });
  const costOf = (list: readonly number[]) => {
    const manifest = testManifest(t.self.id, t.self.id);
    const next = { rate: 0.25, sigma: 5, coordinates: updateLength(manifest), gridBits: manifest.privacy.gridBits };
    const curve = roundCurve(curveTermsOf([], { ...next, rounds: manifest.privacy.rounds }, 1e-5, 1)!);
    return list.map((rounds) => billedEpsilon([{ ...next, rounds }], 1e-5, curve));
  };

  it('is a histogram by tenths of the budget from ten people on, with those near its end', async () => {
    const members = await people();
    const rounds = members.map((_, i) => 6 * i + 1);
    const id = await decide(members, rounds);
    const spent = await toldOf(id);
    expect(spent.people).toBe(PEOPLE);
    expect(spent.histogram.map(({ atMost }) => atMost)).toEqual([0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1, null]);
    const cost = costOf(rounds);
    let below = 0;
    for (const { atMost, people: n } of spent.histogram) {
      below += n;
      expect(below).toBe(cost.filter((epsilon) => epsilon <= (atMost ?? Infinity)).length);
    }
    expect(spent.nearBudget).toBe(cost.filter((epsilon) => epsilon >= 0.8).length);
    expect(spent.nearBudget).toBeGreaterThan(0);
    expect(spent.histogram.at(-1)!.people).toBeGreaterThan(0);
    const metrics = await (await fetch(`${t.url}/metrics`)).text();
    const labels = `{federation="${id}",region="local"}`;
    expect(metrics).toContain(`sovereignmap_privacy_epsilon_spent${labels} ${Math.max(...cost)}\n`);
    expect(metrics).toContain(`sovereignmap_privacy_epsilon_budget${labels} 1\n`);
    for (const member of members) expect(metrics + JSON.stringify(spent)).not.toContain(member);
  });

  it('is not reported for fewer people, however many rounds they have', async () => {
    const members = (await people()).slice(0, 9);
    expect(
      await spentOf(
        await decide(
          members,
          members.map(() => 7),
        ),
      ),
    ).toBeNull();
  });

  it('grows with the records, each counted once, even with concurrent requests', async () => {
    const members = await people();
    const id = await decide(
      members,
      members.map(() => 2),
    );
    await Promise.all(Array.from({ length: 8 }, () => spentOf(id)));
    const [first] = (await toldOf(id)).histogram.filter(({ people: n }) => n > 0);
    expect(first).toEqual({ atMost: expect.any(Number), people: PEOPLE });
    const [cost] = costOf([2]) as [number];
    expect([cost <= first!.atMost!, cost > first!.atMost! - 0.1]).toEqual([true, true]);
  });
});

it('is refused while the relay drains, with the reason', async () => {
  t.live.state = 'draining';
  const answer = await ask();
  expect([answer.status, await answer.json()]).toEqual([503, expect.objectContaining({ code: 'draining' })]);
});
