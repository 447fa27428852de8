/** Which records a seat would decide, each with a state that its contributions do make; and which lists it goes by. */
import { describe, expect, it } from 'vitest';
import { hashBytes, type Hash } from '../codec.ts';
import { idOf, type PeerId } from '../identity.ts';
import { ATTESTS_MAX, BODIES_PER_SLOT_MAX, STATES_PER_SLOT_MAX } from '../limits.ts';
import { certify, configOf, Core, id, lockOf, nextState, signed, vectorOf, voteOf } from './core.fixture.ts';
import { deciding } from './decide.ts';
import { judge } from './judge.ts';
import type { OpenBody, RecordBody } from './messages.ts';
import type { RoundConfig } from './record.ts';

const SEATS = ['m0', 'm1', 'm2', 'm3'].map(id);
const [M0, M1, M2, M3] = SEATS as [PeerId, PeerId, PeerId, PeerId];
const [A, B] = [id('a'), id('b')];
const seat = (changes: Partial<RoundConfig> = {}, self = M0): Core =>
  new Core(configOf(self, SEATS, 1, changes)).input({ t: 'start' }).peers(...SEATS.filter((s) => s !== self), A, B);
const UPDATES = SEATS.slice(1).map((by, i) => ({ by, vector: vectorOf(i) }));

/** A seat that holds three updates from the first state. */
function holder(changes: Partial<RoundConfig> = {}): Core {
  const core = seat(changes).asked(M1, M2, M3);
  for (const { by, vector } of UPDATES) core.say(by, core.update(by, vector));
  return core;
}
const prepared = (core: Core): boolean => core.s.agreement.ballot.prepared !== null;

describe('a record', () => {
  it('is judged by the limits of its federation, whatever its state is', () => {
    const verdict = (count: number, changes: Partial<RoundConfig> = {}, other: Partial<RecordBody> = {}): string => {
      const core = holder(changes);
      const record = { ...core.model(UPDATES.slice(0, count)), ...other };
      core.propose(M1, record); // makes the state
      return judge(core.s, record, null);
    };
    expect([verdict(1), verdict(2), verdict(3)]).toEqual(['invalid', 'valid', 'valid']);
    expect(verdict(3, { maxContributors: 2 })).toBe('invalid');
    expect([verdict(3, { modelsMax: 1 }), verdict(3, { modelsMax: 0 })]).toEqual(['valid', 'invalid']);
    for (const models of [0, 2]) expect(verdict(3, {}, { models })).toBe('invalid');
    const from = { state: holder().s.head.record.state, round: 0 };
    expect(verdict(3, {}, { from: { ...from, state: hashBytes(vectorOf(1)) } })).toBe('invalid');
    expect(verdict(3, {}, { from: { ...from, round: 1 } })).toBe('invalid');
    for (const other of [{ fed: 'G'.repeat(43) as Hash }, { epoch: 1 }, { round: 2, stateRound: 2 }])
      expect(verdict(3, {}, other)).toBe('invalid');
  });

  it('goes on from the round that made the state, not from another one with the same state', () => {
    const core = seat();
    core.say(M1, { t: 'record', certified: certify(core.skip(), [M1, M2, M3], []) }).asked(M1, M2, M3);
    for (const { by, vector } of UPDATES) core.say(by, core.update(by, vector));
    const verdict = (round: number): string => {
      const model = core.model(UPDATES);
      const record = { ...model, from: { ...model.from, round } };
      core.propose(M2, record);
      return judge(core.s, record, null);
    };
    expect([verdict(0), verdict(1)]).toEqual(['valid', 'invalid']);
  });

  it('waits for its state however many others are asked for meanwhile', () => {
    const core = holder();
    core.loop = false;
    const twin = core.update(M1, vectorOf(50));
    const sets = [UPDATES, UPDATES.slice(0, 2), UPDATES.slice(1), [UPDATES[0]!, UPDATES[2]!]];
    const models = [...sets.map((set) => core.model(set)), core.model([{ by: M1, vector: vectorOf(50) }, ...UPDATES.slice(1)])];
    core.take();
    for (const model of models) core.propose(M1, model).say(M1, twin);
    const asked = core.take().filter((e) => e.t === 'aggregate');
    expect(asked).toHaveLength(STATES_PER_SLOT_MAX + 1);
    for (const { key, base, vectors } of asked) {
      const bytes = nextState(base, vectors);
      core.input({ t: 'aggregated', key, hash: hashBytes(bytes), bytes });
    }
    expect(models.map((model) => judge(core.s, model, null))).toEqual(models.map(() => 'valid'));
  });

  it('whose contributions are out of order is none, though they make its state', () => {
    const core = holder();
    const record = core.model(UPDATES);
    const contributions = [...record.contributions].reverse();
    const state = hashBytes(
      nextState(
        core.s.stateBytes!,
        [...UPDATES].reverse().map((u) => u.vector),
      ),
    );
    core.propose(M1, { ...record, contributions, state });
    expect(judge(core.s, { ...record, contributions, state }, null)).toBe('invalid');
  });

  it('is proven in its own slot and form only, also under a lock', () => {
    const core = holder();
    const model = core.model(UPDATES);
    const proven = (record: RecordBody) => deciding(core.s).caller.isProven(record, lockOf(record, 0, SEATS, [M1]).attests);
    expect(proven(model)).toBe(true);
    expect(proven({ ...model, round: 2, stateRound: 2 })).toBe(false);
    expect(proven({ ...model, contributions: [...model.contributions].reverse() })).toBe(false);
  });

  it('is attested by its contributors, and by nobody else', () => {
    const core = holder();
    core.take();
    core.propose(M1, core.model(UPDATES));
    expect(core.sent('attest')).toEqual([]);
    const member = seat({}, M2).asked(M1, M2, M3);
    for (const { by, vector } of UPDATES) member.say(by, member.update(by, vector));
    member.take();
    member.propose(M1, member.model(UPDATES));
    expect(member.sent('attest')).toHaveLength(1);
    member.propose(M1, member.skip());
    expect(member.sent('attest')).toEqual([]);
  });

  it('keeps the words of its contributors alone, shows as many as a vote may carry, and loses them when it is let go', () => {
    const core = holder();
    const model = core.model(UPDATES);
    const strangers = [A, B].map((by) => lockOf(model, 0, [], [by]).attests[0]!);
    core.propose(M1, model).vote(M1, 'prepare', model, 0, strangers);
    expect(prepared(core)).toBe(false);
    core.take();
    core.attest(M1, model).attest(M2, model).attest(M3, model).input({ t: 'timer', id: 'tick' });
    expect(core.sent('vote').at(-1)!.message.attests).toHaveLength(ATTESTS_MAX);
    for (let i = 0; i < 2 * BODIES_PER_SLOT_MAX; i++) {
      const record = { ...model, kernel: `k${i}` };
      core.propose(M1, record).attest(M1, record);
    }
    expect(core.s.slot.attests.size).toBeLessThanOrEqual(BODIES_PER_SLOT_MAX);
  });
});

describe('a list', () => {
  const list = (core: Core, by: PeerId, changes: Partial<OpenBody> = {}): Core =>
    core.say(by, {
      t: 'open',
      signed: signed({ t: 'open', ...core.slot, view: 0, state: core.s.head.record.state, members: [A, B], ...changes }, by),
    });
  const called = (core: Core) => core.s.slot.open?.body.members ?? null;

  it.each([
    ['a seat', M0],
    ['a member', A],
  ])('is taken from the leader of its view, from this state and within bounds: by %s', (_, self) => {
    expect(called(list(seat({}, self), M1))).toEqual([A, B]);
    for (const by of [M0, M2, M3, A]) expect(called(list(seat({}, self), by))).toBeNull();
    expect(called(list(seat({}, self), M1, { state: hashBytes(vectorOf(1)) }))).toBeNull();
    expect(called(list(seat({}, self), M1, { members: [A] }))).toBeNull();
    expect(called(list(seat({ maxContributors: 2 }, self), M1, { members: [A, B, M3] }))).toBeNull();
  });

  it('is one a view to a seat, in the view that is open', () => {
    const core = list(seat(), M1);
    core.take();
    list(core, M1, { members: [M1, M2] });
    expect(called(core)).toEqual([A, B]);
    expect(core.take()).toEqual([]); // neither its time nor what is on the disk begins again
    expect(called(list(seat(), M2, { view: 1 }))).toBeNull();
  });

  it('ends with its view, on the disk too, and a seat on it joins again', () => {
    const core = list(seat().input({ t: 'mode', mode: 'active' }), M1, { members: [M0, A] });
    expect(core.storage.kept.has('open')).toBe(true);
    core.take();
    expect(core.input({ t: 'timer', id: 'tick' }).sent('join')).toEqual([]);
    core.say(M1, core.change(M1, 1)).say(M2, core.change(M2, 1));
    expect([called(core), core.storage.kept.has('open')]).toEqual([null, false]);
    core.take();
    expect(core.input({ t: 'timer', id: 'tick' }).sent('join')).toHaveLength(1);
  });

  it('by a leader that makes one after another gets no update twice', () => {
    const core = list(seat({}, A).input({ t: 'mode', mode: 'active' }), M1);
    core.input({ t: 'trained', signed: core.update(A, vectorOf(1)).signed, vector: vectorOf(1), last: false });
    expect(core.sent('update')).toHaveLength(1);
    for (const members of [
      [A, M1],
      [A, B],
    ])
      expect(list(core, M1, { members }).sent('update')).toEqual([]);
    expect(called(core)).toEqual([A, B]);
    list(core, M1, { view: 4 });
    expect(called(list(core, M1, { members: [A, M1] }))).toEqual([A, B]); // an older view's comes too late
  });

  it('is not made by the leader of a later view without a quorum of changes, nor beside one that is being signed', () => {
    const core = seat({}, M2).join(A).join(B);
    core.loop = false;
    core.take();
    core.say(M0, core.change(M0, 1)).say(M1, core.change(M1, 1));
    expect(core.s.agreement.ballot.view).toBe(1);
    core.join(M1);
    expect(core.sent('open')).toEqual([]);
    core.say(M3, core.change(M3, 1)).say(M3, core.change(M3, 1));
    expect(core.sent('open')).toHaveLength(1);
    core.say(M0, core.change(M0, 5)).say(M1, core.change(M1, 5)).say(M3, core.change(M3, 5));
    expect(core.sent('propose')).toHaveLength(1); // the list of view 1 came to nothing
  });

  it('is given up for a skip once every seat has had its turn', () => {
    const core = seat({}, M2).join(A).join(B);
    for (const by of [M0, M1, M3]) core.say(by, core.change(by, 5));
    expect(core.s.agreement.proposed?.value.kind).toBe('skip');
  });

  it('of a later view stays with a member that has no seat', () => {
    const core = list(seat({}, A), M2, { view: 1 });
    const free = [M1, M2, M3].map((by) => core.change(by, 1));
    core.take();
    core.propose(M2, core.skip(), 1, free);
    expect([called(core), core.s.agreement.ballot.view]).toEqual([[A, B], 1]);
    expect(core.take()).toEqual([]);
  });

  it("by a liar, for a far view, does not keep a member from other leaders' lists: it joins, answers and says so again", () => {
    const core = seat({}, A).input({ t: 'mode', mode: 'active' });
    list(core, M1, { view: 400, members: [B, M1] }).take();
    core.input({ t: 'timer', id: 'tick' });
    expect([called(core), core.sent('join').length]).toEqual([[B, M1], 1]);
    list(core, M2, { view: 1 });
    expect(called(core)).toEqual([A, B]);
    expect(core.take().filter((e) => e.t === 'train')).toHaveLength(1);
    core.input({ t: 'trained', signed: core.update(A, vectorOf(1)).signed, vector: vectorOf(1), last: false });
    list(core, M1, { view: 404, members: [B, M1] }).take();
    const said = () => core.sent('update').map(({ to }) => to);
    core.input({ t: 'timer', id: 'tick' });
    expect(said()).toEqual(SEATS);
    list(core, M2, { view: 1 });
    expect(said()).toEqual([]); // said again, it is no new list
    list(core, M2, { view: 5 });
    expect(said()).toEqual(['all']);
    const { fed, epoch } = core.config;
    const status = {
      t: 'status',
      fed,
      epoch,
      round: 1,
      head: core.s.headId,
      state: core.s.head.record.state,
      joined: 0,
      seat: true,
    } as const;
    core.say(M2, { ...status, phase: 'gathering' });
    expect(core.sent('join')).toHaveLength(1);
  });

  it('that is new asks for what an older one had confirmed, and ends with the state that it was for', () => {
    const core = list(seat({}, A), M1);
    core.s.member.acked.add(M1);
    list(core, M2, { view: 1 });
    expect(core.s.member.acked.size).toBe(0);
    const other = holder();
    other.say(M1, { t: 'record', certified: certify(other.model(UPDATES), [M1, M2, M3], [M1]) });
    expect([other.s.collect.updates.size, other.s.collect.called.size]).toEqual([0, 0]);
  });

  it('of an old slot, and its ballot, are not gone on with', () => {
    const core = list(holder(), M1);
    const skip = core.skip();
    core.propose(M1, skip);
    const { kept } = core.storage;
    const old = ['open', 'ballot'].map((key) => [key, kept.get(key)] as const);
    core.say(M1, { t: 'record', certified: certify(skip, [M1, M2, M3], []) });
    expect(['open', 'ballot'].map((key) => kept.has(key))).toEqual([false, false]);
    for (const [key, value] of old) kept.set(key, value);
    core.restart();
    expect([called(core), core.s.agreement.ballot.prepared]).toEqual([null, null]);
  });
});

describe('a restart', () => {
  it('finds no update from an older state, though its cell and its bytes are still there', () => {
    const core = holder();
    const { kept, bytes } = core.storage;
    const old = [...kept].filter(([key]) => key.startsWith('update/'));
    const vectors = UPDATES.map(({ vector }) => [hashBytes(vector), vector] as const);
    expect(old).toHaveLength(UPDATES.length);
    expect(core.restart().s.collect.updates.size).toBe(UPDATES.length);
    core.say(M1, { t: 'record', certified: certify(core.model(UPDATES), [M1, M2, M3], [M1]) });
    for (const [key, value] of old) kept.set(key, value);
    for (const [hash, vector] of vectors) bytes.set(hash, vector);
    core.restart();
    expect([core.s.slot.round, core.s.collect.updates.size]).toEqual([2, 0]);
  });
});

describe('a leader', () => {
  it('does not end a round by a timer of an older one', () => {
    const core = seat({ seats: SEATS.slice(0, 1), quorum: 1, f: 0 });
    core.join(A).join(B).input({ t: 'timer', id: 'open' }).peers();
    expect(core.s.slot.open?.body.members).toEqual([A, B]);
    core.input({ t: 'timer', id: 'grace' });
    expect([core.s.agreement.proposed, core.s.slot.round]).toEqual([null, 1]);
    core.input({ t: 'timer', id: 'deadline' });
    expect([core.s.agreement.proposed, core.s.slot.round]).not.toEqual([null, 1]);
  });

  it('whose state was not made in its view does not wait for it in a later one', () => {
    const core = seat({ seats: SEATS.slice(0, 1), quorum: 1, f: 0 }).asked(M1, M2);
    core.loop = false;
    for (const { by, vector } of UPDATES.slice(0, 2)) core.say(by, core.update(by, vector));
    core.join(M1).join(M2).input({ t: 'timer', id: 'open' });
    core.say(M0, core.complete(core.take().flatMap((e) => (e.t === 'send' && e.draft.t === 'open' ? [e.draft] : []))[0]!));
    expect(core.s.slot.pendingProposal).not.toBeNull();
    core.input({ t: 'timer', id: 'view' });
    expect(core.s.slot.pendingProposal).toBeNull();
  });

  it('that proposes on another head decides nothing, whoever commits', () => {
    const core = seat();
    const astray = { ...core.skip(), base: hashBytes(vectorOf(1)) };
    core.propose(M1, astray);
    for (const by of [M1, M2, M3]) core.vote(by, 'commit', astray);
    expect(core.s.slot.round).toBe(1);
  });

  it('is followed once the word comes that its votes lacked', () => {
    const core = seat(); // holds no update: it judges nothing itself
    const model = core.model(UPDATES);
    core.propose(M1, model);
    for (const by of [M1, M2, M3]) core.vote(by, 'prepare', model);
    expect(core.s.agreement.ballot.lock).toBeNull();
    core.attest(M2, model);
    expect(core.s.agreement.ballot.lock?.value).toEqual(model);
  });
});

describe('a certified record', () => {
  it('that fits no more stops a peer, one that seats never certified does not, nor the same again', () => {
    const core = seat();
    const skip = core.skip();
    core.say(M2, { t: 'record', certified: certify(skip, [M1, M2, M3], []) });
    const twin = { ...skip, kernel: 'other' };
    core.say(A, { t: 'record', certified: certify(twin, [M1, M2, A], []) });
    core.say(A, { t: 'record', certified: certify({ ...core.skip(), base: idOf(twin) }, [M1, M2, A], []) });
    core.say(M2, { t: 'record', certified: certify(skip, [M1, M2, M3], []) });
    expect([core.s.forked, core.s.slot.round]).toEqual([false, 2]);
    core.say(A, { t: 'record', certified: certify({ ...core.skip(), base: idOf(twin) }, [M1, M2, M3], []) });
    expect(core.s.forked).toBe(true);
  });

  it("is no other federation's or epoch's, and its words are for it", () => {
    const core = holder();
    const model = core.model(UPDATES);
    const good = certify(model, [M1, M2, M3], [M1]);
    const [word] = good.attests;
    for (const other of [{ record: idOf(core.skip()) }, { epoch: 1 }, { round: 2 }, { fed: 'G'.repeat(43) as Hash }]) {
      const attests = [{ ...word!, body: { ...word!.body, ...other } }];
      core.say(M1, { t: 'record', certified: { ...good, attests } });
    }
    const reversed = { ...model, contributions: [...model.contributions].reverse() };
    core.say(M1, { t: 'record', certified: certify(reversed, [M1, M2, M3], [M1]) });
    expect(core.s.slot.round).toBe(1);
    core.say(M1, { t: 'record', certified: good });
    expect(core.s.slot.round).toBe(2);
  });
});

it('a member that has no seat counts no votes and changes no view', () => {
  const core = seat({}, A).asked(A, M1, M2);
  const updates = [A, M1, M2].map((by, i) => ({ by, vector: vectorOf(i) }));
  for (const { by, vector } of updates) core.say(by, core.update(by, vector));
  const model = core.model(updates);
  core.propose(M1, model).take();
  for (const by of [M1, M2, M3]) core.vote(by, 'prepare', model, 0, lockOf(model, 0, [], [M1]).attests).say(by, core.change(by, 1));
  core.attest(M1, model).join(M1);
  for (const by of [M1, M2, M3]) core.say(by, { t: 'vote', signed: voteOf(by, 'commit', model), attests: [] });
  expect(core.take()).toEqual([]);
  expect([core.s.agreement.ballot, core.s.slot.joins.size, core.s.slot.round]).toMatchObject([{ view: 0, lock: null }, 0, 1]);
});
