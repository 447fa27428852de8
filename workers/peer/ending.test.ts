/** A federation that its steward ends, as the devices of its members see it. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { MeshError } from '#protocol/errors';
import { signBody } from '#protocol/identity';
import type { Withdrawal } from '#protocol/manifest/withdrawal';
import { newIdentity, openFederation, rowsText, until, type Device, type Federation } from './session.fixture.ts';
import { unwrap } from '../answered.ts';
import { memoryKeyValueStore } from '../platform/memory-stores.ts';

let federation: Federation;
let device: Device;
beforeEach(async () => {
  federation = await openFederation();
  device = await federation.device();
});
afterEach(() => federation.close());

const refuse = (code: 'withdrawn' | 'room-unknown' = 'withdrawn') =>
  federation.room.refuse(device.identity.id, new MeshError(code, { field: 'room' }));
const signedEnd = () => signBody(federation.seat, { t: 'withdraw', fed: federation.manifest.id });

describe('a federation that has ended', () => {
  it('is left by a member, keeps its model, and cannot be joined again', async () => {
    const sent = await signedEnd();
    device.withdrawals = { steward: async () => null, fetch: async () => sent, send: async () => {} };
    const peer = await device.join();
    await until('a round', () => (device.last?.contributed ?? 0) >= 1);
    refuse();
    await until('the end', () => device.last?.activity === 'ended');
    await until('its rows to go', () => device.rows.kept.size === 0);
    expect(device.last).toMatchObject({ problem: null, data: null });
    expect(device.sessions.kept.size).toBe(0);
    expect((await peer.download()).ok).toBe(true);
    const again = await peer.join(1, federation.manifest.body.consent);
    expect(again).toMatchObject({ ok: false, error: { code: 'withdrawn' } });
  });

  it('is shown as ended, at no moment as a failure, however long the proof takes', async () => {
    const sent = await signedEnd();
    let show = () => {};
    const shown = new Promise<void>((resolve) => (show = resolve));
    device.withdrawals = { steward: async () => null, fetch: () => shown.then(() => sent), send: async () => {} };
    await device.join();
    await until('a round', () => (device.last?.contributed ?? 0) >= 1);
    const seen = device.snapshots.length;
    federation.room.away.add(device.identity.id);
    federation.room.changed();
    refuse();
    await until('a snapshot meanwhile', () => device.snapshots.length > seen);
    show();
    await until('the end', () => device.last?.activity === 'ended');
    expect(device.snapshots.filter(({ activity }) => activity === 'failed')).toEqual([]);
  });

  it('gives up rows that were loaded and not agreed to, and takes no more', async () => {
    const sent = await signedEnd();
    device.withdrawals = { steward: async () => null, fetch: async () => sent, send: async () => {} };
    const { peer } = await device.follow();
    unwrap(await peer.load({ text: rowsText(1) }));
    await until('the rows', () => device.last?.data != null);
    refuse();
    await until('the end', () => device.last?.activity === 'ended' && device.last.data === null);
    await expect(device.trainerRows()).rejects.toMatchObject({ code: 'rows-too-few' });
    expect(await peer.load({ text: rowsText(1) })).toMatchObject({ ok: false, error: { code: 'withdrawn' } });
  });

  it('stays ended for the next page, also where no relay answers', async () => {
    const sent = await signedEnd();
    const proven = memoryKeyValueStore<Withdrawal>();
    const withdrawals = { steward: async () => null, fetch: async () => sent, send: async () => {}, proven };
    device.withdrawals = withdrawals;
    await device.join();
    refuse();
    await until('the proof to be kept', () => device.last?.activity === 'ended');
    await expect.poll(() => proven.read(federation.manifest.id)).toEqual(sent);
    await device.close();
    device.withdrawals = { ...withdrawals, fetch: () => Promise.reject(new Error('not asked')) };
    device.snapshots.length = 0;
    expect((await device.follow()).resumed).toBe(false);
    await until('a snapshot', () => device.last !== undefined);
    refuse();
    await device.close();
    expect(device.snapshots.map(({ activity, problem }) => [activity, problem])).toEqual(device.snapshots.map(() => ['ended', null]));
  });

  it('is not believed to have ended where nobody can show what its steward signed', async () => {
    const forged = await signBody(await newIdentity(), { t: 'withdraw', fed: federation.manifest.id } as const);
    device.withdrawals = { steward: async () => null, fetch: async () => forged, send: async () => {} };
    await device.join();
    await until('a round', () => (device.last?.contributed ?? 0) >= 1);
    refuse();
    await until('the problem', () => device.last?.problem?.code === 'signature-invalid');
    expect(device.last!.activity).not.toBe('ended');
    expect(device.sessions.kept.size).toBe(1);
  });

  it('is one thing; a relay that knows it no more is another', async () => {
    device.withdrawals = { steward: async () => null, fetch: () => Promise.reject(new Error('not asked')), send: async () => {} };
    await device.join();
    refuse('room-unknown');
    await until('the problem', () => device.last?.problem?.code === 'room-unknown');
    expect(device.last!.activity).not.toBe('ended');
  });
});

describe('a steward', () => {
  it('ends it with the key that it was founded with', async () => {
    const sent: Withdrawal[] = [];
    const send = async (_: unknown, signed: Withdrawal) => void sent.push(signed);
    device.withdrawals = { steward: async () => federation.seat, fetch: async () => sent[0], send };
    const peer = await device.join();
    await until('the button', () => device.last?.isSteward === true);
    unwrap(await peer.withdraw());
    expect(sent).toEqual([await signedEnd()].map(({ body, by }) => expect.objectContaining({ body, by })));
    await until('the end', () => device.last?.activity === 'ended');
    expect(device.last!.isSteward).toBeUndefined();
  });

  it('is nobody who has not founded it', async () => {
    const peer = await device.join();
    expect(await peer.withdraw()).toMatchObject({ ok: false, error: { code: 'not-found', detail: { field: 'steward' } } });
    expect(device.last?.isSteward).toBeUndefined();
  });
});
