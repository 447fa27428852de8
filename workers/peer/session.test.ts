import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { POLICY_FLOOR } from '#protocol/device-policy';
import { TICK_MS } from '#protocol/driver/open';
import { unwrap } from '../answered.ts';
import type { Peer } from './peer.ts';
import { openFederation, rowsText, until, type Device, type Federation } from './session.fixture.ts';

let federation: Federation;
let device: Device;

/** A driver's tick comes ten times as often here. */
const QUICK_TICK_MS = TICK_MS / 10;

beforeEach(async () => {
  const { setTimeout: after } = globalThis;
  const quick = (call: () => void, ms?: number) => after(call, ms === TICK_MS ? QUICK_TICK_MS : ms);
  vi.stubGlobal('setTimeout', quick);
  federation = await openFederation();
  device = await federation.device();
});
afterEach(async () => {
  device.hold()();
  await federation.close();
  vi.unstubAllGlobals();
});

const updates = () => federation.room.updates(device.identity.id);
const reserved = () => device.ledger.filter((r) => r.kind === 'reserve');
/** What was being made is done; since then the seat's deadline has passed and every driver has ticked: what was going to leave has left. */
const quiet = async () => {
  await until('the end of what was being made', () => device.making === 0);
  await new Promise((resolve) => setTimeout(resolve, federation.manifest.body.rounds.deadlineMs + 2 * QUICK_TICK_MS));
};

/** The smallest of some budgets that buys this many rounds. */
async function epsilonFor(peer: Peer, rounds: number): Promise<number> {
  for (let epsilon = 0.02; epsilon < 1; epsilon += 0.005) if (unwrap(await peer.offer(epsilon)).rounds >= rounds) return epsilon;
  throw new Error('no such budget');
}

describe('a session', () => {
  it('contributes, and tells so', async () => {
    await device.join();
    await until('three rounds', () => (device.last?.contributed ?? 0) >= 3);
    const { budget, rounds, scores, joined, problem } = device.last!;
    expect(budget.spent).toBeGreaterThan(0);
    expect(rounds.map((r) => r.round)).toEqual(rounds.map((r) => r.round).toSorted((a, b) => a - b));
    expect([scores, problem]).toEqual([[], null]);
    expect(joined).toBe(1);
    const vectors = new Map<number, Set<string>>();
    for (const { signed } of updates()) {
      const of = vectors.get(signed.body.stateRound) ?? new Set();
      vectors.set(signed.body.stateRound, of.add(signed.body.vector));
    }
    expect([...vectors.values()].every((of) => of.size === 1)).toBe(true);
    expect(reserved().length).toBeGreaterThanOrEqual(vectors.size);
  });

  it('refuses other rows while it takes part, and goes on with its own', async () => {
    const release = device.hold();
    const peer = await device.join();
    await until('training', () => device.training === 1);
    const account = reserved()[0]!;
    const own = (await device.trainerRows()).rows.x.slice();
    expect(await peer.load({ text: rowsText(2) })).toMatchObject({ ok: false, error: { code: 'conflict' } });
    expect((await device.trainerRows()).rows.x).toEqual(own);
    release();
    await until('a round', () => (device.last?.contributed ?? 0) >= 1);
    expect(new Set(reserved().map((r) => r.account))).toEqual(new Set([account.account]));
  });

  it('says so after a reload when the browser has lost the rows, and goes on with the same bill when they are brought again', async () => {
    const peer = await device.join();
    await until('a round', () => (device.last?.contributed ?? 0) >= 1);
    await device.rest(peer);
    await peer.close();
    const { spent } = device.last!.budget;
    device.rows.kept.clear();
    const { peer: again, resumed } = await device.follow();
    expect(resumed).toBe(false);
    await until('it says so', () => device.last?.problem?.code === 'rows-lost');
    unwrap(await again.load({ text: rowsText(1) }));
    expect(unwrap(await again.offer(1)).spent).toBeCloseTo(spent, 9);
    unwrap(await again.join(1, federation.manifest.body.consent));
    await until('another round', () => device.last!.problem === null && device.last!.contributed > 0);
  });

  it('is followed and pays for nothing more once the floors of this device were raised, and goes on where they are not', async () => {
    const peer = await device.join();
    await until('a round', () => (device.last?.contributed ?? 0) >= 1);
    await device.rest(peer);
    await peer.close();
    const paid = reserved().length;
    const floor: { sigmaMin: number } = POLICY_FLOOR;
    const { sigmaMin } = floor;
    floor.sigmaMin = federation.manifest.body.privacy.sigma + 0.1;
    try {
      const { peer: again, resumed } = await device.follow();
      expect(resumed).toBe(false);
      await until('it says so', () => device.last?.problem?.code === 'manifest-unsafe');
      expect(device.last!.round).toBeGreaterThan(0);
      expect(await again.download()).toMatchObject({ ok: true });
      unwrap(await again.load({ text: rowsText(1) }));
      const unsafe = { ok: false, error: { code: 'manifest-unsafe', detail: { field: 'privacy.sigma' } } };
      expect(await again.join(1, federation.manifest.body.consent)).toMatchObject(unsafe);
      expect(reserved()).toHaveLength(paid);
      await again.close();
    } finally {
      floor.sigmaMin = sigmaMin;
    }
    expect((await device.follow()).resumed).toBe(true);
  });

  it('goes on after a reload without asking, with the same bytes for the same state', async () => {
    const peer = await device.join();
    await until('a round', () => (device.last?.contributed ?? 0) >= 1);
    federation.room.away.add(federation.relay);
    await peer.close();
    const before = device.last!.contributed;
    const seen = device.last!.rounds.map((line) => line.round);
    const again = await device.follow();
    expect(again.resumed).toBe(true);
    federation.room.away.clear();
    federation.room.changed();
    await until('another round', () => device.last!.contributed > before);
    // What it could look back on before, it still can.
    expect(device.last!.rounds.map((line) => line.round)).toEqual(expect.arrayContaining(seen));
    const spent = device.last!.rounds.map((line) => line.spentAfter!);
    expect(spent).toEqual(spent.toSorted((a, b) => a - b));
    expect(spent.at(-1)).toBeGreaterThan(0);
    const made = new Map<number, string>();
    for (const { signed } of updates()) {
      expect(made.get(signed.body.stateRound) ?? signed.body.vector).toBe(signed.body.vector);
      made.set(signed.body.stateRound, signed.body.vector);
    }
  });

  it('keeps no rows of a device that crashed while it left', async () => {
    const peer = await device.join();
    await until('a round', () => (device.last?.contributed ?? 0) >= 1);
    const rows = device.rows.kept.get(federation.manifest.id)!;
    unwrap(await peer.leave());
    await peer.close();
    device.rows.kept.set(federation.manifest.id, rows); // the session is gone, the rows were to follow
    expect((await device.follow()).resumed).toBe(false);
    expect(device.rows.kept.size).toBe(0);
  });

  it('says that it failed when its disk does, and opens anew when it is asked for again', async () => {
    const peer = await device.join();
    await until('a round', () => (device.last?.contributed ?? 0) >= 1);
    device.storage.failing = true;
    await until('the failure', () => device.last?.activity === 'failed');
    expect(device.last!.problem).toMatchObject({ code: 'storage-denied' });
    device.storage.failing = false;
    const before = device.last!.contributed;
    unwrap(await peer.follow(federation.signed));
    await until('another round', () => device.last!.contributed > before);
  });
});

describe('leaving', () => {
  it('while an update is being made sends nothing, shows no problem, and keeps the bill', async () => {
    const release = device.hold();
    const peer = await device.join();
    await until('training', () => device.training === 1);
    unwrap(await peer.leave());
    release();
    await quiet();
    expect(updates()).toEqual([]);
    expect(device.last).toMatchObject({ activity: 'left', problem: null, data: null });
    expect(device.last!.budget.spent).toBeGreaterThan(0);
    expect([device.sessions.kept.size, device.rows.kept.size]).toEqual([0, 0]);
  });

  it('and coming back with other rows in the same page pays from their account alone', async () => {
    const release = device.hold();
    const peer = await device.join();
    await until('training', () => device.training === 1);
    unwrap(await peer.leave());
    const loading = peer.load({ text: rowsText(2) });
    release();
    unwrap(await loading);
    unwrap(await peer.join(1, federation.manifest.body.consent));
    await until('rounds', () => (device.last?.contributed ?? 0) >= 2);
    expect(device.last).toMatchObject({ problem: null });
    expect(device.last!.activity).not.toBe('left');
    const accounts = reserved().map((r) => r.account);
    expect(new Set(accounts.slice(1)).size).toBe(1);
    expect(accounts[1]).not.toBe(accounts[0]);
  });

  it('after the budget was spent, a larger one goes on, though the round under way is decided without it', async () => {
    const other = await federation.device();
    await other.join(1, 3);
    const { peer } = await device.follow();
    unwrap(await peer.load({ text: rowsText(1) }));
    unwrap(await peer.join(await epsilonFor(peer, 1), federation.manifest.body.consent));
    await until('the end of the budget', () => device.last?.activity === 'budget-spent' || device.last?.activity === 'finished');
    const [paid, { spent, epsilon }] = [reserved().length, device.last!.budget];
    expect(spent).toBeLessThanOrEqual(epsilon);
    unwrap(await peer.leave());
    unwrap(await peer.load({ text: rowsText(1) }));
    const release = other.hold();
    await until('a round that the other is in', () => other.last?.activity === 'training');
    unwrap(await peer.join(1, federation.manifest.body.consent));
    release();
    await until('two more rounds', () => reserved().length >= paid + 2 && (device.last?.contributed ?? 0) >= 2);
    expect(device.last!.budget.spent).toBeGreaterThan(spent);
  });

  it('by forgetting is told to everybody that watches, and leaves the ledger', async () => {
    const peer = await device.join();
    await until('a round', () => (device.last?.contributed ?? 0) >= 1);
    unwrap(await peer.forget());
    const ledger = device.ledger.length;
    expect(device.last!.activity).toBe('left');
    await quiet();
    expect(device.ledger).toHaveLength(ledger);
    expect([device.storage.kept.size, device.sessions.kept.size, device.rows.kept.size]).toEqual([0, 0, 0]);
  });
});

describe('pausing', () => {
  it('holds back what is being made until it goes on, over a reload too', async () => {
    const release = device.hold();
    const peer = await device.join();
    await until('training', () => device.training === 1);
    unwrap(await peer.pause());
    release();
    await quiet();
    expect(updates()).toEqual([]);
    expect(device.last!.activity).toBe('paused');
    await peer.close();
    const again = await device.follow();
    await until('news', () => device.last!.activity === 'paused');
    unwrap(await again.peer.resume());
    await until('the update', () => updates().length > 0);
    expect(updates()[0]!.signed.body.stateRound).toBe(0);
    expect(reserved().filter((r) => r.stateRound === 0)).toHaveLength(1);
  });
});

describe('finishing', () => {
  it('sends what is being made, sees it into a model, then leaves', async () => {
    const release = device.hold();
    const peer = await device.join();
    await until('training', () => device.training === 1);
    unwrap(await peer.finish());
    await until('leaving', () => device.last!.activity === 'leaving');
    release();
    await until('left', () => device.last!.activity === 'left');
    expect(device.last).toMatchObject({ contributed: 1, problem: null });
    expect(reserved()).toHaveLength(1);
  });

  it('is not forgotten by a reload while the relay is away', async () => {
    const release = device.hold();
    const peer = await device.join();
    await until('training', () => device.training === 1);
    federation.room.away.add(federation.relay);
    federation.room.changed();
    release();
    unwrap(await peer.finish());
    await until('the update', () => device.storage.kept.has('own'));
    await peer.close();
    await device.follow();
    federation.room.away.clear();
    federation.room.changed();
    await until('left', () => device.last!.activity === 'left');
    expect(reserved()).toHaveLength(1);
    expect(new Set(updates().map((u) => u.signed.body.vector)).size).toBe(1);
    expect(device.sessions.kept.size).toBe(0);
  });
});
