/** A federation that its steward ends, as the devices of its members see it. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { MeshError } from '#protocol/errors';
import { signBody } from '#protocol/identity';
import type { Withdrawal } from '#protocol/manifest/withdrawal';
import { newIdentity, openFederation, until, type Device, type Federation } from './session.fixture.ts';
import { unwrap } from '../answered.ts';

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
