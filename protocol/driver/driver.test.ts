import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import { encode, hashBytes, type Hash } from '#protocol/codec';
import { MeshError } from '#protocol/errors';
import { generateKeyPair, identityOf, signBody, type Identity, type PeerId } from '#protocol/identity';
import { MESH_MESSAGE_BYTES_MAX } from '#protocol/limits';
import { networkOf, updateLength, type Manifest, type ManifestBody } from '#protocol/manifest/manifest';
import { openManifest } from '#protocol/manifest/open';
import { decodeState } from '#protocol/model/state';
import { encodeUpdate } from '#protocol/privacy/noise/noisy-update';
import type { CoreEvent } from '#protocol/round/effects';
import { isCertified } from '#protocol/round/record';
import { encodeMesh } from '#protocol/wire';
import { aggregateHere, type Aggregate } from '#protocol/robust/rule';
import { systemEnvironment } from '#signaling/environment';
import { TestStorage, Room, smallManifest } from '#signaling/server/room.fixture';
import type { Driver } from './driver.ts';
import { openDriver, type FederationOptions } from './open.ts';

interface Peer {
  readonly identity: Identity;
  readonly driver: Driver;
  readonly storage: TestStorage;
  readonly events: CoreEvent[];
  readonly faults: MeshError[];
}

let relay: Identity;
let people: Identity[];
let stranger: Identity;
let manifest: Manifest;
const newIdentity = async (): Promise<Identity> => identityOf(await generateKeyPair(false));

beforeAll(async () => {
  [relay, stranger, ...people] = (await Promise.all(Array.from({ length: 5 }, newIdentity))) as [Identity, Identity, ...Identity[]];
  manifest = await openManifest(await signBody(relay, smallManifest(relay.id)));
});

const open: Peer[] = [];
afterEach(async () => {
  await Promise.all(open.splice(0).map((peer) => peer.driver.close()));
});

/** Values that a member's noised sum may well have. */
function randomVector(): Uint8Array {
  const d = updateLength(manifest.body);
  return encodeUpdate(Int32Array.from({ length: d }, () => Math.round((Math.random() - 0.5) * 65536 * 20)));
}

async function enter(
  room: Room,
  identity: Identity,
  storage = new TestStorage(),
  rounds = Infinity,
  more: Partial<FederationOptions> = {},
): Promise<Peer> {
  const [events, faults]: [CoreEvent[], MeshError[]] = [[], []];
  let made = 0;
  const driver = await openDriver({
    manifest,
    identity,
    storage,
    environment: systemEnvironment,
    aggregate: aggregateHere,
    train: async () => {
      if (made++ >= rounds) throw new MeshError('budget-spent');
      const vector = randomVector();
      return { vector, ledger: hashBytes(vector), last: false };
    },
    onEvent: (event) => void events.push(event),
    onFault: (error) => void faults.push(error),
    ...more,
  });
  const peer = { identity, driver, storage, events, faults };
  open.push(peer);
  room.inboxes.set(identity.id, { message: (from, bytes) => driver.receive(from, bytes), peers: (list) => driver.peers(list) });
  driver.start(room.transport(identity.id));
  room.changed();
  return peer;
}

async function until(what: string, good: () => boolean): Promise<void> {
  const deadline = Date.now() + 60_000;
  while (!good()) {
    if (Date.now() > deadline) throw new Error(`waited in vain: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

const round = (peer: Peer): number => peer.driver.core.head.record.round;

async function federation(): Promise<{ room: Room; seat: Peer; members: Peer[] }> {
  const room = new Room();
  const seat = await enter(room, relay);
  const members = await Promise.all(people.map((identity) => enter(room, identity)));
  for (const member of members) member.driver.setMode('active');
  return { room, seat, members };
}

describe('three members and a home seat', () => {
  it('decide rounds with real keys, and hold equal states', async () => {
    const { seat, members } = await federation();
    await until('three rounds', () => [seat, ...members].every((p) => round(p) >= 3));
    for (const member of members) member.driver.setMode('paused');
    const still = () =>
      new Set([seat, ...members].map((p) => `${round(p)} ${p.driver.core.stateBytes && hashBytes(p.driver.core.stateBytes)}`)).size === 1;
    await until('one state', still);
    const { head, stateBytes, config } = members[0]!.driver.core;
    expect(isCertified(config, head)).toBe(true);
    expect(hashBytes(stateBytes!)).toBe(head.record.state);
    const kinds = seat.events.flatMap((e) => (e.t === 'decided' ? [e.certified.record.kind] : []));
    expect(kinds.slice(0, 3)).toEqual(['model', 'model', 'model']);
    expect([seat, ...members].flatMap((p) => p.faults)).toEqual([]);
  });

  it('under a rule with moments, a schedule and a clip norm of its own hold equal states, and count the same', async () => {
    const plain = manifest;
    const body: ManifestBody = {
      ...plain.body,
      privacy: { ...plain.body.privacy, adaptive: { quantile: 0.5, rate: 0.2, share: 0.1 } },
      rule: {
        kind: 'mean',
        step: 0.5,
        momentum: 0,
        optimizer: { kind: 'adam', beta1: 0.9, beta2: 0.99, epsilon: 1e-3, dpBias: true },
        schedule: { kind: 'linear' },
      },
    };
    manifest = await openManifest(await signBody(relay, body));
    try {
      const { seat, members } = await federation();
      await until('three rounds', () => [seat, ...members].every((p) => round(p) >= 3));
      for (const member of members) member.driver.setMode('paused');
      const states = () => [seat, ...members].map((p) => `${round(p)} ${p.driver.core.stateBytes && hashBytes(p.driver.core.stateBytes)}`);
      await until('one state', () => new Set(states()).size === 1);
      const { stateBytes, head } = members[0]!.driver.core;
      const state = decodeState(networkOf(body), stateBytes!);
      const kinds = seat.events.flatMap((e) => (e.t === 'decided' ? [e.certified.record.kind] : []));
      expect(state.applied).toBe(kinds.filter((kind) => kind === 'model').length);
      expect(state.clip).not.toBe(0.5);
      expect(head.record.kernel).toBe('mean-adam-bc-linear-adaptive/1');
      expect([seat, ...members].flatMap((p) => p.faults)).toEqual([]);
    } finally {
      manifest = plain;
    }
  });

  it('go on after the seat was closed and opened on the same storage', async () => {
    const { room, seat, members } = await federation();
    await until('a round', () => round(seat) >= 1);
    room.inboxes.delete(relay.id);
    room.changed();
    await seat.driver.close();
    const before = round(seat);
    const again = await enter(room, relay, seat.storage);
    expect(round(again)).toBeGreaterThanOrEqual(Math.max(1, before - 1));
    await until('another round', () => [again, ...members].every((p) => round(p) > before));
    const records = new Map<number, Hash>();
    for (const peer of [seat, again, ...members]) {
      for (const e of peer.events) {
        if (e.t !== 'decided') continue;
        const { record } = e.certified;
        expect(records.get(record.round) ?? record.state).toBe(record.state);
        records.set(record.round, record.state);
      }
    }
  });

  it('say that they are done when budgets are spent, and the seat stops calling', async () => {
    const room = new Room();
    const seat = await enter(room, relay);
    const members = await Promise.all(people.map((identity) => enter(room, identity, new TestStorage(), 1)));
    for (const member of members) member.driver.setMode('active');
    await until('done', () => members.every((m) => m.driver.core.member.mode === 'done'));
    await until('heard', () => seat.driver.core.standing.done.size === 3);
    expect(members.flatMap((m) => m.faults)).toEqual([]);
  });
});

describe('a seat', () => {
  const withSeat = async (more: Partial<FederationOptions>, storage = new TestStorage()): Promise<{ room: Room; seat: Peer }> => {
    const room = new Room();
    const seat = await enter(room, relay, storage, 0, more);
    const members = await Promise.all(people.map((identity) => enter(room, identity)));
    for (const member of members) member.driver.setMode('active');
    return { room, seat };
  };

  it('goes on when those whom it tells throw, and reports what they threw', async () => {
    const faults: MeshError[] = [];
    const throws = (what: string) => () => {
      throw new Error(`${what} broke`);
    };
    const onFault = (error: MeshError) => {
      faults.push(error);
      throw new Error('and so did the report');
    };
    const { seat } = await withSeat({ onEvent: throws('event'), onChange: throws('change'), onFault });
    await until('three rounds', () => round(seat) >= 3);
    expect(seat.driver.failed).toBe(false);
    for (const what of ['event', 'change']) expect(faults.some(({ detail }) => detail.got === `${what} broke`)).toBe(true);
  });

  it('answers others while a state is being made elsewhere, and makes no first state once rounds went on from it', async () => {
    let [firsts, made] = [0, 0];
    const release = Promise.withResolvers<void>();
    const aggregate: Aggregate = async (body, base, vectors) => {
      if (base === null) firsts++;
      else made++;
      if (base !== null) await release.promise;
      return aggregateHere(body, base, vectors);
    };
    const storage = new TestStorage();
    const { room, seat } = await withSeat({ aggregate }, storage);
    await until('a state that is being made', () => made > 0);
    const { fed } = seat.driver.core.config;
    seat.driver.receive(people[0]!.id, encodeMesh({ t: 'want', fed, what: 'state', hash: seat.driver.core.head.record.state }));
    await until('an answer meanwhile', () => room.sent(relay.id, 'state', people[0]!.id).length === 1);
    expect(round(seat)).toBe(0);
    release.resolve();
    await until('a round', () => round(seat) >= 1);
    await seat.driver.close();
    const again = await enter(new Room(), relay, storage, 0, { aggregate });
    expect([firsts, round(again) >= 1, again.driver.core.stateBytes !== null]).toEqual([1, true, true]);
  });
});

describe('a stranger in the room', () => {
  async function alone(): Promise<{ room: Room; seat: Peer; from: PeerId; say: (bytes: Uint8Array) => void }> {
    const room = new Room();
    const seat = await enter(room, relay);
    room.inboxes.set(stranger.id, { message: () => {}, peers: () => {} });
    room.changed();
    return { room, seat, from: stranger.id, say: (bytes) => seat.driver.receive(stranger.id, bytes) };
  }
  /** What the core holds of others. */
  const heard = ({ driver: { core } }: Peer): number =>
    core.slot.joins.size + core.collect.updates.size + core.agreement.votes.size + core.agreement.proposals.size + core.standing.done.size;
  /** Until nobody has said anything for a while. */
  const quiet = async (room: Room, ...peers: readonly Peer[]): Promise<void> => {
    for (let said = -1; room.log.length !== said;) {
      said = room.log.length;
      await new Promise((resolve) => setTimeout(resolve, 100));
      for (const peer of peers) await peer.driver.settled();
    }
  };

  const repeat = async (say: () => void): Promise<void> => {
    for (let i = 0; i < 5000; i++) {
      say();
      if (i % 4 === 0) await new Promise((resolve) => setTimeout(resolve, 0));
    }
  };

  it('who sends garbage is told so, and the core hears nothing', async () => {
    const { room, seat } = await alone();
    for (const bytes of [new Uint8Array(0), new Uint8Array(1000).fill(255), encode({ t: 'nothing' }), encode([1, 2, 3])]) {
      const key = (await newIdentity()).id;
      for (let i = 0; i < 2; i++) seat.driver.receive(key, bytes); // the second is not heard any more
      await until('a refusal', () => room.sent(relay.id, 'refuse', key).length === 1);
    }
    await quiet(room, seat);
    expect([room.blamed.length, heard(seat), seat.faults]).toEqual([4, 0, []]);
  });

  it('who sends a frame above the limit is refused without decoding it', async () => {
    const { room, from, seat, say } = await alone();
    say(new Uint8Array(MESH_MESSAGE_BYTES_MAX + 1));
    await until('a refusal', () => room.sent(relay.id, 'refuse', from).some((m) => m.code === 'frame-too-large'));
    expect(heard(seat)).toBe(0);
  });

  it('who fills a frame with twelve million bytes of nothing is refused', async () => {
    const { room, from, seat, say } = await alone();
    say(new Uint8Array(MESH_MESSAGE_BYTES_MAX).fill(0x80));
    await until('a refusal', () => room.sent(relay.id, 'refuse', from).length === 1);
    expect(heard(seat)).toBe(0);
  });

  it('who sends what others signed, changed or under another name is refused, blamed, and not heard for a while', async () => {
    const { room, seat, from, say } = await alone();
    const { fed, epoch } = seat.driver.core.config;
    const { state } = seat.driver.core.head.record;
    const join = await signBody(people[0]!, { t: 'join', fed, epoch, round: 1, state } as const);
    seat.driver.core.collect.called = new Set([people[0]!.id]); // as after a list that was skipped
    const vector = randomVector();
    const body = { t: 'update', fed, epoch, attempt: 0, state, stateRound: 0, vector: hashBytes(vector), ledger: fed } as const;
    const update = await signBody(people[0]!, body);
    const forged = [
      encodeMesh({ t: 'join', signed: { ...join, by: from } }),
      encodeMesh({ t: 'join', signed: { ...join, sig: join.sig.map((b) => b ^ 1) } }),
      encodeMesh({ t: 'update', signed: update, vector: randomVector() }),
      encodeMesh({ t: 'update', signed: { ...update, body: { ...body, ledger: state } }, vector }),
    ];
    const keys = [from, ...(await Promise.all(forged.slice(1).map(async () => (await newIdentity()).id)))];
    for (const [i, bytes] of forged.entries()) {
      seat.driver.receive(keys[i]!, bytes);
      await until('a refusal', () => room.sent(relay.id, 'refuse', keys[i]).some((m) => m.code === 'signature-invalid'));
    }
    expect([heard(seat), room.blamed]).toEqual([0, keys]);
    // The honest message itself may come from anybody who is heard: its signature says whose it is.
    const good = encodeMesh({ t: 'join', signed: join });
    say(good);
    await quiet(room, seat);
    expect(heard(seat)).toBe(0);
    seat.driver.receive(people[1]!.id, good);
    await until('the join', () => seat.driver.core.slot.joins.has(people[0]!.id));
  });

  it('who sends an update that nobody asked for is told so before anything is checked', async () => {
    const { room, seat, from, say } = await alone();
    const { config, head } = seat.driver.core;
    const vector = hashBytes(randomVector());
    const made = { fed: config.fed, epoch: 0, attempt: 0, state: head.record.state, stateRound: 0 };
    const body = { t: 'update', ...made, vector, ledger: vector } as const;
    say(encodeMesh({ t: 'update', signed: { body, by: from, sig: new Uint8Array(64) }, vector: new Uint8Array(5) }));
    await quiet(room, seat);
    expect(room.sent(relay.id, 'refuse', from)).toEqual([expect.objectContaining({ code: 'not-listed', field: 'member', about: vector })]);
    expect(room.blamed).toEqual([]);
  });

  it("who sends pages of signatures that are no seat's costs no checks", async () => {
    const { room, seat, from, say } = await alone();
    const { fed, epoch } = seat.driver.core.config;
    const votes = await Promise.all(
      Array.from({ length: 8 }, (_, view) => signBody(stranger, { t: 'commit', fed, epoch, round: 1, view, record: fed } as const)),
    );
    for (const signed of votes) say(encodeMesh({ t: 'vote', signed, attests: [] }));
    const record = seat.driver.core.head.record;
    say(encodeMesh({ t: 'record', certified: { record: { ...record, round: 1 }, commits: votes, attests: [] } }));
    await quiet(room, seat);
    expect(heard(seat)).toBe(0);
    expect(room.log.filter((m) => m.from === relay.id && m.to === from && m.message.t === 'refuse')).toEqual([]);
  });

  it('who replays everything that was ever said changes nothing', async () => {
    const { room, seat, members } = await federation();
    await until('two rounds', () => [seat, ...members].every((p) => round(p) >= 2));
    for (const member of members) member.driver.setMode('paused');
    await until('rest', () => new Set([seat, ...members].map(round)).size === 1);
    await quiet(room, seat, ...members);
    const [before, votes] = [round(seat), room.sent(relay.id, 'vote').length];
    const old = room.log.filter(({ message }) => message.t !== 'state' && message.t !== 'want').slice();
    room.inboxes.set(stranger.id, { message: () => {}, peers: () => {} });
    room.changed();
    for (const { bytes } of old) {
      for (const peer of [seat, ...members]) peer.driver.receive(stranger.id, bytes);
      await new Promise((resolve) => setTimeout(resolve, 0));
    }
    await quiet(room, seat, ...members);
    expect([seat, ...members].map(round)).toEqual([before, before, before, before]);
    expect([seat, ...members].every((p) => !p.driver.core.forked && p.faults.length === 0)).toBe(true);
    expect(room.sent(relay.id, 'vote')).toHaveLength(votes);
    // What it says of an old round is a question too: the newest record answers it no more often than any.
    const status = old.find(({ from, message }) => from !== relay.id && message.t === 'status')!.bytes;
    await repeat(() => seat.driver.receive(stranger.id, status));
    expect(room.sent(relay.id, 'record', stranger.id).length).toBeLessThan(1000);
  });

  it('who asks without end gets a bounded number of answers, and others are still served', async () => {
    const { room, seat, from, say } = await alone();
    const { fed } = seat.driver.core.config;
    const want = encodeMesh({ t: 'want', fed, what: 'state', hash: seat.driver.core.head.record.state });
    await repeat(() => say(want));
    await quiet(room, seat);
    const answers = room.sent(relay.id, 'state', from).length;
    expect(answers > 0 && answers < 1000, `${answers} answers`).toBe(true);
    seat.driver.receive(people[0]!.id, want);
    await until('an answer', () => room.sent(relay.id, 'state', people[0]!.id).length === 1);
  });
});

describe('a disk that fails', () => {
  it('silences a seat: no vote leaves after a write that failed', async () => {
    const { room, seat, members } = await federation();
    await until('a round', () => round(seat) >= 1);
    seat.storage.failing = true;
    await until('the fault', () => seat.faults.length > 0);
    const said = room.log.filter((m) => m.from === relay.id).length;
    await new Promise((resolve) => setTimeout(resolve, 300));
    expect(room.log.filter((m) => m.from === relay.id)).toHaveLength(said);
    expect(seat.faults).toEqual([expect.objectContaining({ code: 'storage-denied' })]);
    // Whatever it said before is on its disk: every vote that left names the record that it holds or has decided.
    const ballot = seat.storage.kept.get('ballot') as { round: number; prepared: unknown } | undefined;
    const head = seat.storage.records.at(-1)!;
    const voted = room.sent(relay.id, 'vote').map(({ signed }) => signed.body.round);
    expect(voted.filter((slot) => slot > head.record.round && slot !== ballot?.round)).toEqual([]);
    expect(members.every((m) => m.faults.length === 0)).toBe(true);
  });

  it("keeps a member's update at home", async () => {
    const room = new Room();
    const seat = await enter(room, relay);
    const members = await Promise.all(people.map((identity) => enter(room, identity)));
    members[0]!.storage.failing = true;
    for (const member of members) member.driver.setMode('active');
    await until('the fault', () => members[0]!.faults.length > 0);
    await until('the others', () => seat.driver.core.collect.updates.size >= 2);
    expect(room.sent(members[0]!.identity.id, 'update')).toEqual([]);
  });
});
