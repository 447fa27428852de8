/** A profile that was put back to an older state: the same keys, an older ledger. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { CertifiedRecord } from '#protocol/round/messages';
import { updatesIn } from '#protocol/round/records';
import { openSignedLedger, spent as spentIn, type BudgetRecord } from '#protocol/privacy/budget';
import { unwrap } from './paid-update.ts';
import { openFederation, rowsText, until, type Device, type Federation } from './session.fixture.ts';

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
/** Own updates in models that a ledger knows nothing of. */
function unknownTo(ledger: readonly BudgetRecord[]): number {
  const known = new Set(ledger.flatMap((record) => (record.kind === 'release' ? [record.update as string] : [])));
  const own = federation.certified.flatMap(({ record }) => updatesIn(record)).filter(({ member }) => member === device.identity.id);
  return own.filter(({ vector }) => !known.has(vector)).length;
}

/** Trains a while, and puts the disk back to what it was before the last rounds. */
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
  it('is noticed when it comes back: what the records saw is counted again, before anything is paid for', async () => {
    const { lost, spent } = await restoredOld('session');
    const paidThen = reserved();
    expect(lost).toBeGreaterThanOrEqual(2);
    await device.follow();
    await until('it notices', () => device.last?.recovered !== undefined);
    expect(device.last!.recovered).toBe(lost);
    expect(witnessed()).toHaveLength(device.last!.recovered!);
    expect(reserved()).toBe(paidThen); // it was paused
    // Rounds that were paid for and are in no record cannot be seen by anybody.
    expect(device.last!.budget.spent).toBeGreaterThan(0.6 * spent);
    expect(device.last!.budget.spent).toBeLessThanOrEqual(spent + 1e-6);
    await openSignedLedger(device.ledger, null);
  });

  it('is noticed when somebody joins again, whatever rows they bring, and only once', async () => {
    const { lost } = await restoredOld('nothing');
    const { peer } = await device.follow();
    unwrap(await peer.load({ text: rowsText(2) })); // other rows: nobody knows any more which ones were used
    const offer = unwrap(await peer.offer(1));
    expect(witnessed()).toHaveLength(lost);
    expect(offer.spent).toBeGreaterThan(0);
    const found = witnessed().length;
    await device.close();
    const again = (await device.follow()).peer;
    unwrap(await again.load({ text: rowsText(2) }));
    expect(witnessed()).toHaveLength(found);
    expect(unwrap(await again.offer(1)).spent).toBe(offer.spent);
  });

  it('is not taken for one that only reloads, and no device is for another', async () => {
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

  it('is not made up by a relay: a record that no quorum signed makes nobody pay', async () => {
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
