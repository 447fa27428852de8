import { describe, expect, it } from 'vitest';
import { hashBytes, type Hash } from '../codec.ts';
import { idOf, type PeerId } from '../identity.ts';
import { joinedCount, phaseOf } from './status.ts';
import { attestOf, certify, configOf, Core, FED, id, nextState, signed, vectorOf } from './core.fixture.ts';
import { isCertified, updateId, membersOf } from './record.ts';

const R = id('relay');
const [A, B, C, D] = [id('a'), id('b'), id('c'), id('d')];
const [VA, VB] = [vectorOf(1), vectorOf(2)];

/** A home seat in a room with members. */
const home = (changes = {}): Core => new Core(configOf(R, [R], 0, changes)).input({ t: 'start' }).peers(A, B);
const opened = (core = home()): Core => core.join(A).join(B).input({ t: 'timer', id: 'open' });
const withUpdates = (core = opened()): Core => core.say(A, core.update(A, VA)).say(B, core.update(B, VB));

/** Round after round until its model is decided. */
function decideModel(core: Core): void {
  opened(core);
  core.say(A, core.update(A, VA)).say(B, core.update(B, VB));
  const record = core.s.agreement.proposed!.value;
  core.attest(A, record);
}

describe('one home seat', () => {
  it('calls a round, sums its updates, and decides their model once a contributor attests it', () => {
    const core = home();
    const before = core.s.stateBytes!;
    core.join(A);
    expect(core.sent('open')).toEqual([]);
    core.join(B).input({ t: 'timer', id: 'open' });
    const written = core.effects.findIndex((e) => e.t === 'persist' && e.puts.some(({ key }) => key === 'open'));
    const told = core.effects.findIndex((e) => e.t === 'send' && e.to === 'peers');
    expect([written >= 0, told > written]).toEqual([true, true]); // a list that gets lost with its seat would leave its members waiting
    const [, open] = core.sent('open');
    expect(open).toMatchObject({ to: 'peers', message: { signed: { body: { view: 0, members: [A, B] } } } });
    core.say(A, core.update(A, VA));
    expect(core.sent('propose')).toEqual([]);
    core.say(B, core.update(B, VB));
    const [proposal] = core.sent('propose');
    const { record } = proposal!.message;
    expect(record).toMatchObject({ kind: 'model', round: 1, stateRound: 1, state: hashBytes(nextState(before, [VA, VB])) });
    expect(core.s.head.record.round).toBe(0);
    core.attest(B, record);
    expect(core.s.head.record).toEqual(record);
    expect(isCertified(core.config, core.s.head)).toBe(true);
    expect(hashBytes(core.s.stateBytes!)).toBe(record.state);
    expect(core.events('decided')).toHaveLength(1);
    expect(core.s.slot.round).toBe(2);
  });

  it('persists a vote before it is sent, and a decision before it is told', () => {
    const core = withUpdates();
    core.take();
    core.attest(A, core.s.agreement.proposed!.value);
    const order = core.take().flatMap((e) => {
      if (e.t === 'persist')
        return [...e.puts.map((p) => `put ${p.key}`), ...(e.append ?? []).map(() => 'append'), ...(e.blobs ?? []).map(() => 'keep')];
      if (e.t === 'send') return [e.draft.t === 'vote' ? e.draft.body.t : e.draft.t === 'plain' ? e.draft.message.t : e.draft.t];
      return e.t === 'emit' ? [e.event.t] : [];
    });
    const told = ['put ballot', 'prepare', 'put ballot', 'commit', 'append', 'keep', 'decided', 'state', 'record'];
    expect(order.filter((o) => told.includes(o))).toEqual(told);
  });

  it('never prepares a model without a contributor that attests it', () => {
    const core = withUpdates();
    const { value: record } = core.s.agreement.proposed!;
    core.take();
    core.attest(C, record).attest(R, record);
    core.say(A, { t: 'attest', signed: attestOf(A, { ...record, round: record.round + 1 }) });
    core.say(A, { t: 'attest', signed: attestOf(A, { ...record, state: 'x'.repeat(43) as Hash }) });
    core.say(A, { t: 'attest', signed: { ...attestOf(A, record), body: { ...attestOf(A, record).body, epoch: 1 } } });
    core.input({ t: 'timer', id: 'tick' });
    expect(core.sent('vote')).toEqual([]);
    expect(core.s.agreement.ballot.prepared).toBeNull();
  });

  it('confirms an update once it is kept, and again when it comes again', () => {
    const core = opened();
    core.take();
    const update = core.update(A, VA);
    core.say(A, update);
    const order = core
      .take()
      .flatMap((e) => (e.t === 'persist' ? e.puts.map((p) => p.key) : e.t === 'send' && e.draft.t === 'plain' ? [e.draft.message.t] : []));
    expect(order).toEqual([`update/0/${A}`, 'ack']);
    core.say(A, update);
    expect(core.sent('ack')).toEqual([{ to: A, message: { t: 'ack', fed: FED, update: updateId(update.signed) } }]);
    expect(core.s.collect.updates.size).toBe(1);
  });

  it('refuses updates with the code that says why', () => {
    const core = opened();
    core.take();
    const refusal = (message: ReturnType<Core['update']>) =>
      core
        .say(A, message)
        .sent('refuse')
        .map((s) => `${s.to === A} ${s.message.code} ${s.message.field}`);
    expect(refusal(core.update(A, VA, { state: 'x'.repeat(43) as Hash }))).toEqual(['true stale state']);
    expect(refusal(core.update(A, VA, { stateRound: 1 }))).toEqual(['true stale state']);
    expect(refusal(core.update(A, VA, { attempt: 1 }))).toEqual(['true out-of-bound attempt']);
    expect(refusal(core.update(A, new Uint8Array(7)))).toEqual(['true wrong-length vector']);
    expect(refusal(core.update(A, Uint8Array.of(0, 0, 0, 0, 0, 0, 0, 255)))).toEqual(['true out-of-bound vector']);
    expect(core.s.collect.updates.size).toBe(0);
    expect(refusal(core.update(A, VA))).toEqual([]);
    expect(refusal(core.update(A, VB))).toEqual(['true conflict vector']);
    expect(refusal(core.update(A, VA, { ledger: 'y'.repeat(43) as Hash }))).toEqual(['true conflict vector']);
    expect(core.s.collect.updates.get(A)!.vector).toBe(VA);
  });

  it('hears nothing of another federation, epoch or slot', () => {
    const core = opened();
    const mine = core.update(A, VA);
    core.take();
    core.say(A, { ...mine, signed: signed({ ...mine.signed.body, fed: 'G'.repeat(43) as Hash }, A) });
    core.say(A, { ...mine, signed: signed({ ...mine.signed.body, epoch: 1 }, A) });
    for (const change of [{ fed: 'G'.repeat(43) as Hash }, { epoch: 1 }, { round: 0 }, { round: 2 }]) {
      core.say(C, { t: 'join', signed: signed({ t: 'join', ...core.slot, state: core.s.head.record.state, ...change }, C) });
    }
    core.say(C, { t: 'join', signed: signed({ t: 'join', ...core.slot, state: 'x'.repeat(43) as Hash }, C) });
    expect(core.s.collect.updates.size).toBe(0);
    expect([...core.s.slot.joins.keys()]).toEqual([A, B]);
  });

  it('skips at the deadline when too few answered, and the same bytes serve the next slot', () => {
    const core = opened();
    const update = core.update(A, VA);
    core.say(A, update).input({ t: 'timer', id: 'deadline' });
    expect(core.s.head.record).toMatchObject({ kind: 'skip', round: 1, stateRound: 0, contributions: [] });
    expect(core.s.collect.updates.get(A)?.vector).toBe(VA);
    opened(core);
    core.say(A, update).say(B, core.update(B, VB));
    core.attest(A, core.s.agreement.proposed!.value);
    expect(core.s.head.record).toMatchObject({ kind: 'model', round: 2, stateRound: 2 });
    expect(core.s.head.record.contributions.map((c) => c.vector)).toEqual([hashBytes(VA), hashBytes(VB)]);
    // Once the state moved on, the same bytes are stale.
    core.take();
    core.say(A, update);
    expect(core.sent('refuse')[0]?.message.code).toBe('stale');
  });

  it('makes a model at the deadline of those that answered', () => {
    const core = home().peers(A, B, C).join(A).join(B).join(C).input({ t: 'timer', id: 'open' });
    core.say(A, core.update(A, VA)).say(C, core.update(C, VB));
    expect(core.s.agreement.proposed).toBeNull();
    core.input({ t: 'timer', id: 'deadline' });
    expect(membersOf(core.s.agreement.proposed!.value)).toEqual([A, C]);
  });

  it('waits a moment, not for the deadline, when the missing ones have left', () => {
    const core = home().peers(A, B, C).join(A).join(B).join(C).input({ t: 'timer', id: 'open' });
    core.say(A, core.update(A, VA)).say(C, core.update(C, VB)).peers(A, C).input({ t: 'timer', id: 'tick' });
    expect(core.effects.filter((e) => e.t === 'timer' && e.id === 'grace')).toHaveLength(1);
    core.input({ t: 'timer', id: 'grace' });
    expect(core.s.agreement.proposed!.value.contributions).toHaveLength(2);
  });

  it('lets latecomers wait for the next round', () => {
    const core = opened().peers(A, B, C).join(C);
    expect(core.s.slot.open!.body.members).toEqual([A, B]);
    core.say(A, core.update(A, VA)).say(B, core.update(B, VB));
    core.attest(A, core.s.agreement.proposed!.value);
    core.peers(A, B, C).join(A).join(B);
    expect(core.s.slot.open).toBeNull();
    core.join(C); // everybody of the last slot is back
    expect(core.s.slot.open!.body.members).toEqual([A, B, C]);
  });

  it('opens nothing for those who joined and left, and writes nothing when nobody is there', () => {
    const core = home().join(A).join(B).peers(A);
    core.take();
    core.input({ t: 'timer', id: 'open' }).input({ t: 'timer', id: 'tick' });
    expect(core.effects.filter((e) => e.t === 'persist')).toEqual([]);
    expect(core.sent('open')).toEqual([]);
  });

  it('waits for new people once members whose budget is spent leave too few, and not by a word from another state', () => {
    const core = home();
    const done = (stateRound: number) => core.say(A, { t: 'done', signed: signed({ t: 'done', fed: FED, epoch: 0, stateRound }, A) });
    core.join(A);
    core.s.standing.known.set(A, 0);
    done(5);
    expect(phaseOf(core.s)).toBe('gathering');
    done(0);
    expect(phaseOf(core.s)).toBe('waiting-for-new');
    expect(core.s.slot.joins.size).toBe(0);
    core.join(B);
    expect(phaseOf(core.s)).toBe('waiting-for-new');
    expect(joinedCount(core.s)).toBe(1);
    core.join(A); // with a new budget
    expect(phaseOf(core.s)).toBe('gathering');
  });

  it('goes on with two who have not been here, whoever has spent everything before', () => {
    const core = home();
    const done = (by: PeerId) => core.say(by, { t: 'done', signed: signed({ t: 'done', fed: FED, epoch: 0, stateRound: 0 }, by) });
    core.peers(A, B, C, D).join(A).join(B);
    for (const by of [A, B]) core.s.standing.known.set(by, 0);
    done(A);
    done(B);
    expect(phaseOf(core.s)).toBe('waiting-for-new');
    core.join(C);
    expect([phaseOf(core.s), joinedCount(core.s)]).toEqual(['waiting-for-new', 1]);
    core.join(D);
    expect([phaseOf(core.s), joinedCount(core.s)]).toEqual(['gathering', 2]);
    core.input({ t: 'timer', id: 'open' });
    expect(core.s.slot.open!.body.members).toEqual([C, D]);
  });

  it('is finished with T models: it opens nothing more, takes no join, and says so', () => {
    const core = home({ modelsMax: 1 });
    core.peers(A, B).join(A).join(B).input({ t: 'timer', id: 'open' });
    core.say(A, core.update(A, VA)).say(B, core.update(B, VB));
    core.attest(A, core.s.agreement.proposed!.value);
    expect(core.s.head.record).toMatchObject({ round: 1, kind: 'model', models: 1 });
    core.take();
    core.join(A).join(B).input({ t: 'timer', id: 'open' }).input({ t: 'timer', id: 'tick' });
    expect([phaseOf(core.s), joinedCount(core.s)]).toEqual(['finished', 0]);
    expect(core.s.slot.open).toBeNull();
    expect(core.sent('status').map(({ message }) => message.phase)).toContain('finished');
    // A record beyond T is no record, whoever signed it, and neither is one that counts anew.
    const beyond = core.model([{ by: A, vector: VA }]);
    core.say(A, { t: 'record', certified: certify(beyond, [R], [A]) });
    core.say(A, { t: 'record', certified: certify({ ...beyond, models: 1 }, [R], [A]) });
    expect(core.s.head.record.round).toBe(1);
  });

  it('is not fooled by votes, proposals and certificates of others', () => {
    const core = withUpdates();
    const { value: record } = core.s.agreement.proposed!;
    const forged = core.skip();
    core.vote(A, 'commit', forged).vote(A, 'prepare', forged);
    core.propose(A, forged);
    core.say(A, { t: 'record', certified: certify(forged, [A, B, C], [A]) });
    core.say(A, { t: 'record', certified: certify(forged, [], []) });
    core.say(A, { t: 'record', certified: { ...certify(record, [R], []) } }); // a model that nobody attests
    core.say(A, core.change(A, 1));
    expect(core.s.head.record.round).toBe(0);
    expect(core.s.agreement.ballot.view).toBe(0);
    expect(core.s.agreement.votes.size + core.s.agreement.changes.size).toBe(0);
  });
});

describe('a restart of one home seat', () => {
  it('with all updates in hand waits for somebody to attest, instead of skipping the round', () => {
    const core = opened();
    core.say(A, core.update(A, VA));
    core.loop = false; // it dies before it has recomputed
    core.say(B, core.update(B, VB));
    core.loop = true;
    core.restart();
    expect(core.s.agreement.proposed).toBeNull();
    core.peers(A, B);
    core.attest(A, core.s.agreement.proposed!.value);
    expect(core.s.head.record).toMatchObject({ round: 1, kind: 'model' });
  });
  it('before any vote goes on with the list and the updates it had', () => {
    const core = opened();
    core.say(A, core.update(A, VA)).restart().peers(A, B);
    expect(core.s.slot.open!.body.members).toEqual([A, B]);
    core.say(B, core.update(B, VB));
    core.attest(A, core.s.agreement.proposed!.value);
    expect(membersOf(core.s.head.record)).toEqual([A, B]);
  });

  it('after its prepare votes the same again', () => {
    const core = withUpdates();
    core.loop = false;
    const { value: record } = core.s.agreement.proposed!;
    core.attest(A, record);
    expect(core.s.agreement.ballot.prepared?.view).toBe(0);
    core.restart().peers(A, B);
    core.take();
    core.input({ t: 'timer', id: 'tick' });
    const said = core.take().flatMap((e) => (e.t === 'send' ? [core.complete(e.draft)] : []));
    const votes = said.flatMap((m) => (m.t === 'vote' ? [m.signed.body] : []));
    expect(votes).toEqual([expect.objectContaining({ t: 'prepare', view: 0, record: idOf(record) })]);
    expect(said.flatMap((m) => (m.t === 'propose' ? [idOf(m.record)] : []))).toEqual([idOf(record)]);
    // Another record in the same view finds its vote taken.
    const other = core.skip();
    core.propose(R, other);
    expect(core.sent('vote').filter((v) => v.message.signed.body.record === idOf(other))).toEqual([]);
  });

  it('after its lock commits the same again', () => {
    const core = withUpdates();
    const { value: record } = core.s.agreement.proposed!;
    core.loop = false;
    core.attest(A, record).vote(R, 'prepare', record);
    expect(core.s.agreement.ballot.committed).toEqual({ view: 0, id: idOf(record) });
    core.restart().peers(A, B);
    core.take();
    core.input({ t: 'timer', id: 'tick' });
    const commits = core
      .sent('vote')
      .filter((v) => v.message.signed.body.t === 'commit')
      .map((v) => v.message.signed.body.record);
    expect(commits).toEqual([idOf(record)]);
    core.vote(R, 'commit', record);
    expect(core.s.head.record).toEqual(record);
  });

  it('after a decision stands where it stood', () => {
    const core = home();
    decideModel(core);
    const { head, stateBytes } = core.s;
    core.restart();
    expect(core.s.head).toEqual(head);
    expect(core.s.stateBytes).toEqual(stateBytes);
    expect(core.s.slot.round).toBe(2);
  });
});

describe('the clock of a view', () => {
  const timers = (core: Core) => core.take().flatMap((e) => (e.t === 'timer' && e.id === 'view' ? [e.afterMs] : []));

  it('starts with the first quorum of joins, is not put off by who joins after, and counts anew from the list', () => {
    const core = home().join(A).join(B);
    expect(timers(core)).toEqual([600]);
    core.join(C).join(D);
    expect(timers(core)).toEqual([]);
    core.input({ t: 'timer', id: 'open' });
    expect(timers(core)).toEqual([1500]);
  });

  it('runs again after a restart that voted, and ends with a decision, which is written before it is told', () => {
    const core = withUpdates();
    const record = core.s.agreement.proposed!.value;
    core.loop = false;
    core.attest(A, record);
    core.storage.kept.delete('open');
    expect(timers(core.restart())).toEqual([500]);
    core.say(A, { t: 'record', certified: certify(record, [R], [A]) });
    const effects = core.take();
    expect(effects).toContainEqual({ t: 'cancel', id: 'view' });
    expect(effects.flatMap((e) => (e.t === 'persist' && e.deletes.includes('ballot') ? [e.lazy] : []))).toEqual([false]);
  });
});

describe('a leader', () => {
  const SEATS = [R, id('r2'), id('r3')];
  const three = (self: PeerId): Core =>
    new Core(configOf(self, SEATS, 0)).input({ t: 'start' }).peers(A, B, ...SEATS.filter((s) => s !== self));

  it('says its own list again and again, and no other', () => {
    for (const self of [SEATS[1]!, R]) {
      const core = three(self);
      const body = { t: 'open', ...core.slot, view: 0, state: core.s.head.record.state, members: [A, B] } as const;
      core.say(SEATS[1]!, { t: 'open', signed: signed(body, SEATS[1]!) }).take();
      core.input({ t: 'timer', id: 'tick' });
      expect(core.sent('open')).toHaveLength(self === R ? 0 : 1);
    }
  });

  it('of a later view waits for its whole list, however often others say that they are there', () => {
    const core = three(SEATS[2]!).peers(A, B, C, R).join(A).join(B).join(C);
    core.say(R, core.change(R, 1));
    core.say(R, core.change(R, 1)).input({ t: 'timer', id: 'tick' });
    expect(core.s.slot.open?.body).toMatchObject({ view: 1, members: [A, B, C] });
    core.say(A, core.update(A, VA)).say(B, core.update(B, VB));
    core.say(R, core.change(R, 1));
    expect(core.s.agreement.proposed).toBeNull();
    core.say(C, core.update(C, vectorOf(3)));
    expect(membersOf(core.s.agreement.proposed!.value)).toEqual([A, B, C]);
  });

  it('has a state made once, however often it says its proposal', () => {
    const core = withUpdates();
    const record = core.s.agreement.proposed!.value;
    expect(core.take().filter((e) => e.t === 'aggregate')).toHaveLength(1);
    for (let i = 0; i < 3; i++) core.propose(R, record);
    expect(core.take().filter((e) => e.t === 'aggregate')).toEqual([]);
  });

  it('whose record is certified with another state than its updates make is not believed: the state is asked for', () => {
    const core = withUpdates();
    const record = { ...core.s.agreement.proposed!.value, state: hashBytes(VA) };
    core.say(A, { t: 'record', certified: certify(record, [R], [A]) });
    expect([core.s.head.record.state, core.s.stateBytes]).toEqual([hashBytes(VA), null]);
  });

  it('leaves the second updates of a liar behind with their slot', () => {
    const core = withUpdates();
    const twin = core.update(A, vectorOf(9));
    core
      .propose(
        R,
        core.model([
          { by: A, vector: vectorOf(9) },
          { by: B, vector: VB },
        ]),
      )
      .say(R, twin);
    expect(core.s.collect.alternates.size).toBe(1);
    core.say(A, { t: 'record', certified: certify(core.skip(), [R], []) });
    expect(core.s.collect.alternates.size).toBe(0);
  });
});
