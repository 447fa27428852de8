/** A profile restored to an older state: the same keys, an older ledger. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { hashBytes } from '#protocol/codec';
import { MeshError } from '#protocol/errors';
import { idOf, signBody } from '#protocol/identity';
import type { CertifiedRecord, RecordBody } from '#protocol/round/messages';
import { recordZero, updatesIn } from '#protocol/round/record';
import { roundConfig } from '#protocol/driver/open';
import { aggregateHere } from '#protocol/robust/rule';
import { openSignedLedger, spent as spentIn, type BudgetRecord } from '#protocol/privacy/ledger/budget';
import { unwrap } from '../answered.ts';
import type { Peer } from '../peer/peer.ts';
import type { RecordSource } from './witnessed.ts';
import { openFederation, rowsText, until, type Device, type Federation } from '../peer/session.fixture.ts';

let federation: Federation;
let device: Device;

beforeEach(async () => {
  federation = await openFederation();
  device = await federation.device();
});
afterEach(async () => {
  await federation.close();
});

const reserved = () => device.ledger.filter((r) => r.kind === 'reserve').length;
const witnessed = () => device.ledger.flatMap((r) => (r.kind === 'witness' ? r.updates : []));
const hashOf = (text: string) => hashBytes(new TextEncoder().encode(text));
const zeroOf = async ({ manifest, relay }: Federation) =>
  recordZero(roundConfig(manifest, relay, await aggregateHere(manifest.body, null, []), '')).record;
/** Own updates in models that a ledger does not have. */
function unknownTo(ledger: readonly BudgetRecord[]): number {
  const known = new Set(ledger.flatMap((record) => (record.kind === 'release' ? [record.update as string] : [])));
  const own = federation.certified.flatMap(({ record }) => updatesIn(record)).filter(({ member }) => member === device.identity.id);
  return own.filter(({ vector }) => !known.has(vector)).length;
}

/** Trains for a while, then restores the disk to its state before the last rounds. */
async function restoredOld(keep: 'session' | 'nothing'): Promise<{ readonly lost: number; readonly spent: number }> {
  const peer = await device.join();
  await until('two rounds', () => (device.last?.contributed ?? 0) >= 2);
  await device.rest(peer);
  const old = device.backup();
  const then = device.last!.contributed;
  unwrap(await peer.resume());
  await until('some rounds more', () => device.last!.contributed >= then + 3);
  await device.rest(peer);
  const { account } = device.ledger.find((r) => r.kind === 'reserve')!;
  const spent = spentIn(await openSignedLedger(device.ledger, null), account, federation.manifest.body.privacy.delta);
  await device.close();
  device.restore(old);
  if (keep === 'nothing') {
    device.sessions.kept.clear();
    device.rows.kept.clear();
  }
  return { lost: unknownTo(old.ledger), spent };
}

describe('a restored old profile', () => {
  it('is noticed when it comes back: the records’ rounds are counted again before anything is paid for', async () => {
    const { lost, spent } = await restoredOld('session');
    const paidThen = reserved();
    expect(lost).toBeGreaterThanOrEqual(2);
    await device.follow();
    await until('it notices', () => device.last?.recovered !== undefined);
    expect(device.last!.recovered).toBe(lost);
    expect(witnessed()).toHaveLength(device.last!.recovered!);
    expect(reserved()).toBe(paidThen); // it was paused
    // Paid rounds that are in no record cannot be recovered.
    expect(device.last!.budget.spent).toBeGreaterThan(0.6 * spent);
    expect(device.last!.budget.spent).toBeLessThanOrEqual(spent + 1e-6);
    await openSignedLedger(device.ledger, null);
  });

  it('is noticed when somebody joins again, whatever rows they bring, and only once', async () => {
    const { lost } = await restoredOld('nothing');
    const { peer } = await device.follow();
    unwrap(await peer.load({ text: rowsText(2) })); // other rows: nobody knows any more which ones were used
    const offer = unwrap(await peer.offer(1));
    expect(offer.spent).toBeGreaterThan(0);
    // Counted, but not written before there is an agreement.
    expect(witnessed()).toEqual([]);
    unwrap(await peer.join(1, federation.manifest.body.consent));
    expect(witnessed()).toHaveLength(lost);
    unwrap(await peer.leave());
    await device.close();
    const again = (await device.follow()).peer;
    unwrap(await again.load({ text: rowsText(2) }));
    expect(witnessed()).toHaveLength(lost);
    expect(unwrap(await again.offer(1)).spent).toBeGreaterThanOrEqual(offer.spent);
  });

  it('pays for nothing while findings cannot be written, says so, and recovers by itself', async () => {
    const { lost } = await restoredOld('session');
    const paidThen = reserved();
    device.refused = ({ kind }) => kind === 'witness';
    for (const [fed, kept] of device.sessions.kept) device.sessions.kept.set(fed, { ...kept, paused: false });
    await device.follow();
    await until('it is said', () => device.last?.problem?.code === 'storage-denied');
    expect([device.last!.activity, reserved(), witnessed()]).toEqual(['checking', paidThen, []]);
    const before = device.last!.contributed;
    device.refused = () => false;
    await until('it takes part', () => device.last!.contributed > before);
    expect([device.last!.problem, device.last!.recovered]).toEqual([null, lost]);
    expect(witnessed()).toHaveLength(lost);
    const kinds = device.ledger.map(({ kind }) => kind);
    expect(kinds.slice(0, kinds.indexOf('witness')).filter((kind) => kind === 'reserve')).toHaveLength(paidThen);
    await openSignedLedger(device.ledger, null);
  });

  it('cannot be joined with while findings cannot be written', async () => {
    const { lost } = await restoredOld('nothing');
    const { peer } = await device.follow();
    unwrap(await peer.load({ text: rowsText(1) }));
    device.refused = ({ kind }) => kind === 'witness';
    const { consent } = federation.manifest.body;
    expect(await peer.join(1, consent)).toMatchObject({ ok: false, error: { code: 'storage-denied' } });
    expect([device.last!.joined, device.sessions.kept.size]).toEqual([0, 0]);
    device.refused = () => false;
    unwrap(await peer.join(1, consent));
    expect(witnessed()).toHaveLength(lost);
    await until('it takes part', () => (device.last?.contributed ?? 0) >= 1);
  });

  it('is distinguished from one that only reloads, and devices from each other', async () => {
    await device.join();
    await until('two rounds', () => (device.last?.contributed ?? 0) >= 2);
    await device.close();
    await device.follow();
    await until('it goes on', () => (device.last?.contributed ?? 0) >= 4);
    await device.close();
    device = await federation.device();
    await device.join();
    await until('a round', () => (device.last?.contributed ?? 0) >= 1);
    expect([device.last!.recovered, witnessed()]).toEqual([undefined, []]);
  });

  it('cannot be faked by a relay: a record without a quorum makes nobody pay', async () => {
    const peer = await device.join();
    await until('two rounds', () => (device.last?.contributed ?? 0) >= 2);
    unwrap(await peer.pause());
    await device.close();
    const last = federation.certified.findLast(({ record }) => record.contributions.length > 0)!;
    const own = updatesIn(last.record).find((c) => c.member === device.identity.id)!;
    const forged = (round: number): CertifiedRecord => {
      const record = { ...last.record, round, contributions: [{ ...own, vector: last.record.base }] };
      return { ...last, record };
    };
    const next = last.record.round + 50;
    device.answer = async (_, from) => (from > next ? [] : [forged(next)]);
    await device.follow();
    expect(witnessed()).toEqual([]);
    device.answer = async () => [{ nonsense: true }];
    await device.close();
    await device.follow();
    expect([witnessed(), device.last?.recovered]).toEqual([[], undefined]);
  });
});

describe("a stranger's federation", () => {
  it('can certify anything about a visitor without changing what the visitor spent', async () => {
    const stranger = await openFederation();
    const visitor = await stranger.device();
    const seat = stranger.seat;
    const key = visitor.identity.id;
    const certified: CertifiedRecord[] = [];
    let before = await zeroOf(stranger);
    for (let round = 1; round <= 40; round++) {
      const contribution = { kind: 'update' as const, member: key, attempt: 0, ledger: hashOf(`l${round}`), vector: hashOf(`v${round}`) };
      const sig = await seat.sign(new Uint8Array(round)); // some signature, none of the visitor's
      const record: RecordBody = {
        ...before,
        round,
        kind: 'model',
        base: idOf(before),
        from: { state: before.state, round: before.stateRound },
        state: hashOf(`s${round}`),
        stateRound: round,
        models: round,
        contributions: [{ ...contribution, sig }],
      };
      const vote = { t: 'commit' as const, fed: record.fed, epoch: 0, round, view: 0, record: idOf(record) };
      certified.push({ record, commits: [await signBody(seat, vote)], attests: [] });
      before = record;
    }
    visitor.answer = async (_, from) => certified.filter(({ record }) => record.round >= from);
    const { peer } = await visitor.follow();
    unwrap(await peer.load({ text: rowsText(1) }));
    expect(unwrap(await peer.offer(1)).spent).toBe(0);
    expect(visitor.ledger).toEqual([]);
    await stranger.close();
  });
});

it('a peer that returns after forgetting asks for records like a newcomer, one that kept its state from its position', async () => {
  const from: number[] = [];
  const { answer } = device;
  device.answer = (fed, round) => {
    from.push(round);
    return answer(fed, round);
  };
  const peer = await device.join();
  await until('two rounds', () => (device.last?.contributed ?? 0) >= 2);
  await device.rest(peer);
  unwrap(await peer.leave());
  await device.close();
  const last = Math.max(...device.ledger.map((r) => (r.kind === 'reserve' ? r.stateRound : 0)));
  /** The first round requested when rows are loaded. */
  const asked = async (again: Peer) => {
    from.length = 0;
    unwrap(await again.load({ text: rowsText(1) }));
    return from[0];
  };
  const { peer: again } = await device.follow();
  expect(await asked(again)).toBe(last);
  unwrap(await again.forget());
  unwrap(await again.follow(federation.signed));
  expect(await asked(again)).toBe(1);
});

describe('records that cannot be read as a whole', () => {
  /** Joins with an untouched ledger while the source answers like this, and checks that nothing is paid for while others continue. */
  async function heldUp(answer: (good: RecordSource) => RecordSource): Promise<() => Promise<void>> {
    const other = await federation.device();
    const first = await other.join();
    await until('some rounds', () => federation.certified.length >= 3);
    await other.rest(first);
    const good = device.answer;
    device.answer = answer(good);
    await device.join();
    await until('it checks', () => device.last?.activity === 'checking');
    const rounds = federation.certified.length;
    unwrap(await first.resume());
    await until('others go on', () => federation.certified.length >= rounds + 2);
    await other.rest(first);
    expect([device.last!.activity, reserved()]).toEqual(['checking', 0]);
    return async () => {
      device.answer = good; // the other one rests: one contributor is enough
      await until('it takes part', () => (device.last?.contributed ?? 0) >= 1);
    };
  }

  it('because the relay fails: nothing is paid for there, the page says so, and it recovers', async () => {
    const expectGoesOn = await heldUp(() => () => Promise.reject(new MeshError('not-found', { field: 'records', got: 'HTTP 500' })));
    await until('it is said', () => device.last?.problem?.code === 'records-unread');
    await expectGoesOn();
    expect(device.last!.problem).toBeNull();
  });

  it('because the relay has a gap', async () => {
    const expectGoesOn = await heldUp((good) => async (fed, from) => (await good(fed, from)).filter((_, i) => from + i !== 2));
    await expectGoesOn();
  });

  it('because the relay ends too early', async () => {
    const expectGoesOn = await heldUp((good) => async (fed, from) => (from > 1 ? [] : (await good(fed, from)).slice(0, 1)));
    await expectGoesOn();
  });

  it('because the relay stalls', async () => {
    const stalled = Promise.withResolvers<void>();
    const expectGoesOn = await heldUp((good) => async (fed, from) => {
      await stalled.promise;
      return good(fed, from);
    });
    stalled.resolve();
    await expectGoesOn();
  });
});
