import { beforeAll, describe, expect, it } from 'vitest';
import { encode, hashBytes, type Hash } from '#protocol/codec';
import { MeshError } from '#protocol/errors';
import { POLICY_FLOOR } from '#protocol/device-policy';
import { signBody, type Identity } from '#protocol/identity';
import { openFederations } from './federations.ts';
import type { Seat, SeatDeps, StartSeat } from './seats.ts';
import type { PublishPolicy } from '#protocol/rest';
import { newIdentity, signedBytes, testManifest } from './manifest.fixture.ts';
import { SeatMemory } from './seat-memory.ts';
import { startStatesThread } from './states.ts';
import { appendTo, makeManifest } from './store/store-suite.ts';
import { openMemoryStore } from './store/memory-store.fixture.ts';
import { defaultQuotas } from './store/quotas.ts';

interface Line {
  readonly level: string;
  readonly text: string;
}

function recordingLog() {
  const lines: Line[] = [];
  const write =
    (level: string) =>
    (...args: unknown[]) =>
      void lines.push({ level, text: String(args.at(-1)) });
  return { lines, debug: write('debug'), info: write('info'), warn: write('warn'), error: write('error') };
}

const ROOMS = { members: () => 0, closeRoom: () => {} };

describe('federations of a relay', () => {
  let self: Identity;
  let steward: Identity;
  beforeAll(async () => {
    [self, steward] = [await newIdentity(), await newIdentity()];
  });
  const body = (nonce: string, seat = self) => testManifest(steward.id, seat.id, { nonce });
  const setUp = async () => {
    const store = openMemoryStore(defaultQuotas(self.id));
    const log = recordingLog();
    const depsFor = () =>
      ({
        identity: self,
        store,
        log,
        aggregate: startStatesThread().aggregate,
        memory: new SeatMemory(1e9),
        openTransport: () => {
          throw new Error('not in this test');
        },
      }) satisfies SeatDeps;
    return { store, log, depsFor, federations: await openFederations(store, self, log) };
  };

  it('of strangers cost a closed relay nothing: they are refused before their rounds are priced', async () => {
    const { store, log } = await setUp();
    const federations = await openFederations(store, self, log, { policy: 'closed', seatBytesMax: Infinity });
    const lie = { ...body('lie'), privacy: { ...body('lie').privacy, sigma: 1.1, epsilon: 0.5 } };
    const bytes = await signedBytes(steward, lie);
    await expect(federations.publish(bytes)).rejects.toMatchObject({ code: 'publishing-closed' });
    await expect(federations.publish(bytes, { invitation: 'A'.repeat(16) })).rejects.toMatchObject({ detail: { field: 'invitation' } });
    const open = await openFederations(store, self, log);
    await expect(open.publish(bytes)).rejects.toMatchObject({ code: 'manifest-unsafe' });
  });

  it('survive a raised floor, and new ones below it are refused', async () => {
    const { store, log, federations } = await setUp();
    const bytes = await signedBytes(steward, body('before'));
    const { manifest } = await federations.publish(bytes);
    const floor: { sigmaMin: number } = POLICY_FLOOR;
    const { sigmaMin } = floor;
    floor.sigmaMin = manifest.body.privacy.sigma + 0.1;
    try {
      const later = await openFederations(store, self, log);
      expect(later.list().map(({ id }) => id)).toEqual([manifest.id]);
      expect((await later.publish(bytes)).created).toBe(false);
      await expect(later.publish(await signedBytes(steward, body('after')))).rejects.toMatchObject({ code: 'manifest-unsafe' });
    } finally {
      floor.sigmaMin = sigmaMin;
    }
  });

  it('are published once and restored at the next start', async () => {
    const { store, log, federations } = await setUp();
    const bytes = await signedBytes(steward, body('one'));
    const first = await federations.publish(bytes);
    expect(first.created).toBe(true);
    expect((await federations.publish(bytes)).created).toBe(false);
    const later = await openFederations(store, self, log);
    expect(later.list().map(({ id }) => id)).toEqual([first.manifest.id]);
    expect(later.get(first.manifest.id)?.body.nonce).toBe('one');
  });

  it('keep only what was signed', async () => {
    const { store, federations } = await setUp();
    const signed = await signBody(steward, body('one'));
    const { manifest } = await federations.publish(encode({ ...signed, stray: 'x'.repeat(50) }));
    expect((await store.manifest(manifest.id))!.bytes).toEqual(encode(signed));
  });

  it('refuse a signature from anybody but the steward, and keep nothing then', async () => {
    const { store, federations } = await setUp();
    await expect(federations.publish(await signedBytes(self, body('one')))).rejects.toMatchObject({ code: 'signature-invalid' });
    const { sig, ...rest } = await signBody(steward, body('one'));
    const forged = { ...rest, body: { ...rest.body, name: 'Changed' }, sig };
    await expect(federations.publish(encode(forged))).rejects.toMatchObject({ code: 'signature-invalid' });
    expect(await store.manifests()).toEqual([]);
    expect(federations.list()).toEqual([]);
  });

  it('seat the relay if they name it, also when published later, and only then', async () => {
    const { federations, depsFor } = await setUp();
    const events: string[] = [];
    const start: StartSeat = (manifest): Seat => {
      events.push(`start ${manifest.body.nonce}`);
      return { problem: null, isContributor: () => false, close: async () => void events.push(`close ${manifest.body.nonce}`) };
    };
    await federations.publish(await signedBytes(steward, body('mine')));
    await federations.publish(await signedBytes(steward, body('foreign', steward)));
    await federations.seat({ ...ROOMS, start, depsFor });
    await federations.publish(await signedBytes(steward, body('later')));
    await federations.publish(await signedBytes(steward, body('later')));
    await federations.close();
    expect(events).toEqual(['start mine', 'start later', 'close mine', 'close later']);
  });

  it('continue when one seat cannot start or close, and name it', async () => {
    const { log, federations, depsFor } = await setUp();
    const closed: string[] = [];
    const start: StartSeat = ({ body: { nonce } }) => {
      if (nonce === 'bad start') throw new Error('no seat');
      return {
        problem: null,
        isContributor: () => false,
        async close() {
          if (nonce === 'bad end') throw new Error('no end');
          closed.push(nonce);
        },
      };
    };
    for (const nonce of ['bad start', 'bad end', 'good']) await federations.publish(await signedBytes(steward, body(nonce)));
    await federations.seat({ ...ROOMS, start, depsFor });
    await federations.close();
    expect(closed).toEqual(['good']);
    expect(log.lines.filter(({ level }) => level === 'error').map(({ text }) => text)).toEqual(['seat not started', 'seat not closed']);
  });

  it('leave out those that no longer open, and serve the rest', async () => {
    const { store, log } = await setUp();
    const damaged = hashBytes(new Uint8Array([1])) as Hash;
    await store.putManifest(makeManifest(damaged, steward.id, encode({ body: { version: 1, name: 'Old' } })), 0);
    const bytes = await signedBytes(steward, body('good'));
    await (await openFederations(store, self, log)).publish(bytes);
    const again = await openFederations(store, self, log);
    expect(again.list().map((m) => m.body.nonce)).toEqual(['good']);
    expect(log.lines.some(({ text }) => text.startsWith('federation left out'))).toBe(true);
  });
});

describe('places for federations', () => {
  const quotas = { federations: 12, federationsPerIdentity: 8 };
  const setUp = async (policy: PublishPolicy = 'open') => {
    const self = await newIdentity();
    const store = openMemoryStore({ ...defaultQuotas(self.id), ...quotas, waiting: 12 });
    const clock = { now: 1_000_000 };
    const federations = await openFederations(store, self, recordingLog(), { policy, seatBytesMax: 1e9 }, () => clock.now);
    const present = new Set<Hash>();
    await federations.seat({
      start: () => ({ problem: null, isContributor: () => false, close: async () => {} }),
      depsFor: () => ({}) as SeatDeps,
      members: (id) => (present.has(id) ? 1 : 0),
      closeRoom: () => {},
    });
    const publish = async (nonce: string, address: string, by?: Identity) => {
      const steward = by ?? (await newIdentity());
      const bytes = await signedBytes(steward, testManifest(steward.id, self.id, { nonce }));
      return (await federations.publish(bytes, { address })).manifest.id;
    };
    const all = () => federations.known().map(({ id }) => id);
    return { self, store, clock, federations, present, publish, all };
  };
  const flood = async (publish: (nonce: string, address: string) => Promise<Hash>, n: number): Promise<Hash[]> => {
    const made: Hash[] = [];
    for (let i = 0; i < n; i++) made.push(await publish(`flood ${i}`, 'attacker'));
    return made;
  };

  it.each(['open', 'approve'] as const)('are not filled for good by throwaway keys (%s)', async (policy) => {
    const { publish, all } = await setUp(policy);
    const honest = await publish('honest', 'someone');
    const thrown = await flood(publish, 30);
    const later = await publish('later', 'another');
    expect(all()).toHaveLength(quotas.federations);
    expect(all()).toEqual(expect.arrayContaining([honest, later]));
    expect(all()).not.toContain(thrown[0]);
  });

  it('stay with those that are in use, have decided rounds, or are wanted by the host', async () => {
    const { publish, all, present, store, federations } = await setUp();
    const [there, decided, wanted] = await flood(publish, 3);
    present.add(there!);
    const head = { fed: decided!, epoch: 0, round: 1, id: decided!, state: decided!, bytes: new Uint8Array(1) };
    await appendTo(store, head);
    await federations.change(wanted!, { kept: true });
    for (let i = 0; i < 30; i++) await publish(`more ${i}`, 'attacker');
    expect(all()).toEqual(expect.arrayContaining([there, decided, wanted]));
  });

  it('of one identity are its own: it displaces nobody else, and its own only when they were idle', async () => {
    const { publish, all, clock } = await setUp();
    const honest = await publish('honest', 'someone');
    const greedy = await newIdentity();
    const first = await publish('greedy', 'attacker', greedy);
    for (let i = 1; i < quotas.federationsPerIdentity; i++) await publish(`greedy ${i}`, 'attacker', greedy);
    await expect(publish('one too many', 'attacker', greedy)).rejects.toMatchObject({ code: 'quota' });
    clock.now += 2 * 3_600_000;
    await publish('one more', 'attacker', greedy);
    expect(all()).toContain(honest);
    expect(all()).not.toContain(first);
  });

  it.each([
    ['open', 'disk of this relay'],
    ['open', 'bytes of this relay'],
    ['approve', 'disk of this relay'],
  ] as const)('stay if they hold nothing that is short (%s, %s)', async (policy, field) => {
    const { self, store, federations, clock, all, publish } = await setUp(policy);
    for (let i = 0; i < 6; i++) {
      const steward = await newIdentity();
      // Waiting federations have their seat here: nothing is reserved for it yet.
      const seat = policy === 'approve' ? self : steward;
      const bytes = await signedBytes(steward, testManifest(steward.id, seat.id, { nonce: `idle ${i}` }));
      await federations.publish(bytes, { address: 'attacker' });
    }
    const before = all();
    clock.now += 2 * 3_600_000;
    store.putManifest = () => Promise.reject(new MeshError('quota', { field, expected: 'at most 1', got: '2' }));
    await expect(publish('one more', 'someone')).rejects.toMatchObject({ code: 'quota', detail: { field } });
    expect(all()).toEqual(before);
  });

  it('expire after long disuse, but never if approved', async () => {
    const { publish, all, clock, federations, present } = await setUp();
    const [idle, busy, wanted] = await flood(publish, 3);
    present.add(busy!);
    await federations.change(wanted!, { kept: true });
    clock.now += 29 * 86_400_000;
    await federations.sweep();
    expect(all()).toHaveLength(3);
    clock.now += 2 * 86_400_000;
    await federations.sweep();
    expect(all()).toEqual([busy, wanted]);
    expect(idle).toBeDefined();
  });
});
