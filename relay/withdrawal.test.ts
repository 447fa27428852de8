/** A steward ends its federation: over REST, and for seats, rooms and the relay's next start. */
import { afterEach, describe, expect, it } from 'vitest';
import { encode, hashBytes, type Hash } from '#protocol/codec';
import { MeshError } from '#protocol/errors';
import { signBody, type Identity } from '#protocol/identity';
import { WITHDRAWALS_KEPT } from '#protocol/limits';
import { openManifest } from '#protocol/manifest/open';
import { openWithdrawal } from '#protocol/manifest/withdrawal';
import { fetchFederations, fetchManifest } from '#signaling/relay-client';
import { fetchRecords, fetchWithdrawal, postManifest, postWithdrawal } from '#signaling/relay-signed';
import { openFederations } from './federations.ts';
import type { SeatDeps } from './seats.ts';
import { startTestApp, type TestApp } from './http/app.fixture.ts';
import { newIdentity, testManifest } from './manifest.fixture.ts';
import { appendTo, makeRecord } from './store/store-suite.ts';

const silent = { debug() {}, info() {}, warn() {}, error() {} };

describe('a federation that its steward ends', () => {
  let t: TestApp;
  afterEach(() => t.close());

  async function published(): Promise<{ steward: Identity; id: Hash; signed: object; closed: string[] }> {
    t = await startTestApp();
    const closed: string[] = [];
    await t.federations.seat({
      start: ({ id }) => ({ problem: null, isContributor: () => false, close: async () => void closed.push(`seat ${id}`) }),
      depsFor: () => ({}) as SeatDeps,
      members: () => 1,
      closeRoom: (id, why) => void closed.push(`${why} ${id}`),
    });
    const steward = await newIdentity();
    const signed = await signBody(steward, testManifest(steward.id, t.self.id));
    const { id } = await openManifest(signed);
    await postManifest(t.url, signed, id, '');
    await appendTo(t.store, { ...makeRecord(id, 0, 1), bytes: encode({ record: { round: 1, models: 1, contributions: [] } }) });
    return { steward, id, signed, closed };
  }
  const codeOf = (call: Promise<unknown>) =>
    call.then(
      () => 'done',
      (error: unknown) => (error instanceof MeshError ? error.code : String(error)),
    );

  it('leaves the list, its room and its seat, and stays readable', async () => {
    const { steward, id, signed, closed } = await published();
    expect(await codeOf(fetchWithdrawal(t.url, id))).toBe('not-found');
    await postWithdrawal(t.url, id, await signBody(steward, { t: 'withdraw', fed: id }));
    expect(await fetchFederations(t.url)).toEqual([]);
    expect(closed).toEqual([`withdrawn ${id}`, `seat ${id}`]);
    expect(await fetchManifest(t.url, id)).toEqual(encode(signed));
    expect(await fetchRecords(t.url, id, 0)).toHaveLength(1);
    const manifest = await openManifest(signed);
    expect((await openWithdrawal(await fetchWithdrawal(t.url, id), manifest)).by).toBe(steward.id);
    // Idempotent, and nothing starts it again.
    await postWithdrawal(t.url, id, await signBody(steward, { t: 'withdraw', fed: id }));
    expect(await codeOf(postManifest(t.url, signed, id, ''))).toBe('withdrawn');
    expect(closed).toHaveLength(2);
  });

  it('is ended by nobody else, and not by another’s withdrawal', async () => {
    const { steward, id, closed } = await published();
    const withdraw = { t: 'withdraw', fed: id } as const;
    expect(await codeOf(postWithdrawal(t.url, id, await signBody(await newIdentity(), withdraw)))).toBe('signature-invalid');
    expect(await codeOf(postWithdrawal(t.url, id, await signBody(t.self, withdraw)))).toBe('signature-invalid');
    const other = 'x'.repeat(43) as Hash;
    expect(await codeOf(postWithdrawal(t.url, id, await signBody(steward, { t: 'withdraw', fed: other })))).toBe('wrong-federation');
    expect(await codeOf(postWithdrawal(t.url, other, await signBody(steward, { t: 'withdraw', fed: other })))).toBe('not-found');
    expect(await codeOf(postWithdrawal(t.url, id, { ...(await signBody(steward, withdraw)), more: new Uint8Array(2000) }))).toBe(
      'frame-too-large',
    );
    expect((await fetchFederations(t.url)).map((line) => line.id)).toEqual([id]);
    expect(closed).toEqual([]);
  });

  it('stays ended across a restart of the relay, even through a version that could not read it', async () => {
    const { steward, id } = await published();
    await t.federations.withdraw(id, encode(await signBody(steward, { t: 'withdraw', fed: id })));
    for (const between of [null, 'unread'] as const) {
      if (between !== null) await t.store.changeManifest(id, { standing: between });
      const again = await openFederations(t.store, t.self, silent);
      const seats: Hash[] = [];
      await again.seat({
        start: (manifest) => (seats.push(manifest.id), { problem: null, isContributor: () => false, close: async () => {} }),
        depsFor: () => ({}) as SeatDeps,
        members: () => 0,
        closeRoom: () => {},
      });
      expect([again.list(), seats]).toEqual([[], []]);
      expect(again.get(id)?.id).toBe(id);
      expect(again.withdrawal(id)).not.toBeNull();
      expect(() => again.accepts(id)).toThrow('withdrawn');
    }
  });

  it('stays ended once it is deleted, across a restart too: nobody publishes it again, its room and its end tell why', async () => {
    const { steward, id, signed } = await published();
    const withdrawal = encode(await signBody(steward, { t: 'withdraw', fed: id }));
    await t.federations.withdraw(id, withdrawal);
    await t.federations.remove(id);
    expect(await codeOf(postManifest(t.url, signed, id, ''))).toBe('withdrawn');
    expect(encode(await fetchWithdrawal(t.url, id))).toEqual(withdrawal);
    for (const federations of [t.federations, await openFederations(t.store, t.self, silent)]) {
      expect(federations.known()).toEqual([]);
      await expect(federations.publish(encode(signed))).rejects.toMatchObject({ code: 'withdrawn' });
      expect(() => federations.accepts(id)).toThrow('withdrawn');
      expect(federations.withdrawal(id)).toEqual(withdrawal);
    }
  });

  it('pushes out the oldest end that a relay remembers, and no other', async () => {
    const { steward, id } = await published();
    await t.federations.withdraw(id, encode(await signBody(steward, { t: 'withdraw', fed: id })));
    const before = Array.from({ length: WITHDRAWALS_KEPT }, (_, i) => ({ id: hashBytes(encode(i)), withdrawal: encode(i) }));
    const again = await openFederations({ ...t.store, withdrawals: async () => before }, t.self, silent);
    await again.remove(id);
    expect(() => again.withdrawal(before[0]!.id)).toThrow('not-found');
    expect([before[1]!.id, id].map((one) => again.withdrawal(one) === null)).toEqual([false, false]);
  });

  it('cannot be one that the host has not approved', async () => {
    t = await startTestApp({ publish: 'approve' });
    const steward = await newIdentity();
    const signed = await signBody(steward, testManifest(steward.id, t.self.id));
    const { id } = await openManifest(signed);
    expect(await postManifest(t.url, signed, id, '')).toBe(true);
    expect(await codeOf(postWithdrawal(t.url, id, await signBody(steward, { t: 'withdraw', fed: id })))).toBe('not-found');
    expect(await codeOf(fetchManifest(t.url, id))).toBe('not-found');
  });
});
