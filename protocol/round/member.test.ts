import { describe, expect, it } from 'vitest';
import { hashBytes, type Hash } from '../codec.ts';
import { type PeerId } from '../identity.ts';
import { phaseOf } from './status.ts';
import { certify, configOf, Core, FED, id, nextState, signed, vectorOf } from './core.fixture.ts';
import type { RoundMessage } from './messages.ts';
import { updateId } from './record.ts';

const SEATS = ['r0', 'r1', 'r2'].map(id) as [PeerId, PeerId, PeerId];
const [R0, R1, R2] = SEATS;
const [A, B] = [id('a'), id('b')];
const [VA, VB] = [vectorOf(1), vectorOf(2)];

const member = (): Core =>
  new Core(configOf(A, SEATS, 0))
    .input({ t: 'start' })
    .peers(...SEATS, B)
    .input({ t: 'mode', mode: 'active' });
const open = (core: Core, by: PeerId, view = 0, members = [A, B]): RoundMessage => ({
  t: 'open',
  signed: signed({ t: 'open', ...core.slot, view, state: core.s.head.record.state, members }, by),
});
const trains = (core: Core) => core.effects.filter((e) => e.t === 'train').length;
const trained = (core: Core, vector: Uint8Array, last = false): Core =>
  core.input({ t: 'trained', signed: core.update(A, vector).signed, vector, last });

describe('a member', () => {
  it('joins, trains once it is listed, sends its one update, and attests the model that it recomputed', () => {
    const core = member();
    expect(core.sent('join')).toEqual([expect.objectContaining({ to: 'seats' })]);
    core.say(R1, open(core, R1));
    expect(core.effects).toContainEqual(expect.objectContaining({ t: 'train', stateRound: 0, state: core.config.initialState.hash }));
    core.take();
    trained(core, VA);
    const order = core.effects.flatMap((e) =>
      e.t === 'persist' ? e.puts.map((p) => p.key) : e.t === 'send' && e.draft.t === 'plain' ? [e.draft.message.t] : [],
    );
    expect(order).toEqual(['own', 'update']);
    core.say(B, core.update(B, VB));
    const record = core.model([
      { by: A, vector: VA },
      { by: B, vector: VB },
    ]);
    core.take();
    core.propose(R1, record);
    expect(core.sent('attest')).toEqual([expect.objectContaining({ to: 'seats' })]);
    core.propose(R1, { ...record, state: hashBytes(VA) });
    expect(core.sent('attest')).toEqual([]);
    core.say(R1, { t: 'record', certified: certify(record, [R0, R1], [A]) });
    expect(core.events('decided')).toEqual([expect.objectContaining({ contributed: true })]);
    expect(core.s.member.own).toBeNull();
    expect(core.storage.kept.has('own')).toBe(false);
    expect(core.s.stateBytes).toEqual(nextState(core.config.initialState.bytes!, [VA, VB]));
  });

  it('votes for nothing: it has no seat', () => {
    const core = member();
    core.take();
    core.propose(R1, core.skip()).vote(R0, 'prepare', core.skip()).vote(R1, 'prepare', core.skip()).say(R0, core.change(R0, 1));
    expect([...core.sent('vote'), ...core.sent('change')]).toEqual([]);
  });

  it('trains once for a state, however often and by whomever it is listed', () => {
    const core = member();
    core
      .say(R1, open(core, R1))
      .say(R1, open(core, R1))
      .say(R2, open(core, R2, 1))
      .say(R0, open(core, R0, 2));
    expect(trains(core)).toBe(1);
    core.say(B, open(core, B)).say(B, open(core, R0, 0)); // no leader of that view
    trained(core, VA);
    trained(core, VB);
    expect(core.s.member.own!.vector).toBe(VA);
    core.say(R1, open(core, R1, 3));
    expect(trains(core)).toBe(1);
  });

  it('sends its update to all for a list that is new, not for one that is said again, and to seats until they confirm', () => {
    const core = member();
    core.say(R1, open(core, R1));
    trained(core, VA);
    core.take();
    core.say(R1, open(core, R1)).say(R1, open(core, R1));
    expect(core.sent('update')).toEqual([]);
    const ack = (vector: Uint8Array): RoundMessage => ({ t: 'ack', fed: FED, update: updateId(core.update(A, vector).signed) });
    core.say(R1, ack(VA)).say(B, ack(VA));
    core.say(R2, ack(VB));
    core.take();
    core.input({ t: 'timer', id: 'tick' });
    expect(core.sent('update').map((u) => u.to)).toEqual([R0, R2]);
    expect([...core.s.member.acked]).toEqual([R1]);
    core.say(R2, open(core, R2, 1));
    expect(core.sent('update').map((u) => u.to)).toEqual(['all']);
  });

  it('after a skip sends the same signed bytes; after a model drops them', () => {
    const core = member();
    core.say(R1, open(core, R1));
    trained(core, VA);
    const { signed: first } = core.s.member.own!;
    core.say(R1, { t: 'record', certified: certify(core.skip(), [R0, R1], []) });
    core.take();
    core.say(R2, open(core, R2));
    expect(core.sent('update')[0]!.message.signed).toBe(first);
    expect(trains(core)).toBe(0);
    const without = {
      ...core.model([
        { by: B, vector: VB },
        { by: R0, vector: VB },
      ]),
    };
    core.say(R2, { t: 'record', certified: certify(without, [R0, R1], [B]) });
    expect(core.s.member.own).toBeNull();
  });

  it('drops an update whose state moved on while it was made', () => {
    const core = member();
    core.say(R1, open(core, R1));
    const late = core.update(A, VA).signed;
    const moved = core.model([
      { by: B, vector: VB },
      { by: R0, vector: VB },
    ]);
    core.say(R2, { t: 'record', certified: certify(moved, [R0, R1], [B]) });
    core.take();
    core.input({ t: 'trained', signed: late, vector: VA, last: false });
    expect(core.sent('update')).toEqual([]);
    expect(core.s.member.own).toBeNull();
  });

  it('that restarts with its update sends the same bytes and never trains on that state again', () => {
    const core = member();
    core.say(R1, open(core, R1));
    trained(core, VA);
    core
      .restart()
      .peers(...SEATS, B)
      .input({ t: 'mode', mode: 'active' });
    core.say(R1, open(core, R1));
    expect(trains(core)).toBe(0);
    expect(core.sent('update').every((u) => hashBytes(u.message.vector) === hashBytes(VA))).toBe(true);
  });

  it('says done when its budget is spent, and trains no more', () => {
    const core = member();
    core.say(R1, open(core, R1));
    core.input({ t: 'train-refused', state: core.config.initialState.hash, code: 'budget-spent' });
    expect(core.s.member.mode).toBe('done');
    expect(core.sent('done')).toHaveLength(1);
    core.say(R1, open(core, R1, 3)).input({ t: 'timer', id: 'tick' });
    expect(trains(core)).toBe(0);
    expect(core.s.member.own).toBeNull();
  });

  it('follows without training when it is paused or only following', () => {
    for (const mode of ['paused', 'following'] as const) {
      const core = member().input({ t: 'mode', mode });
      core.take();
      core.say(R1, open(core, R1)).input({ t: 'timer', id: 'tick' });
      expect(trains(core)).toBe(0);
      expect(core.sent('join')).toEqual([]);
    }
  });

  it('sends nothing of an update while it is paused, and all of it when it goes on', () => {
    const core = member();
    core.say(R1, open(core, R1)).input({ t: 'mode', mode: 'paused' });
    core.take();
    trained(core, VA)
      .say(R2, open(core, R2, 1))
      .input({ t: 'timer', id: 'tick' });
    expect(core.sent('update')).toEqual([]);
    expect(core.storage.kept.has('own')).toBe(true);
    core.take();
    core.input({ t: 'mode', mode: 'active' });
    expect(core.sent('update')).toEqual([expect.objectContaining({ to: 'all' })]);
    expect(core.s.member.own!.vector).toBe(VA);
  });

  it('sends nothing more once it has left, whether the update was being made or waited for a confirmation', () => {
    for (const made of [false, true]) {
      const core = member();
      core.say(R1, open(core, R1));
      if (made) trained(core, VA);
      core.input({ t: 'mode', mode: 'following' });
      core.take();
      if (!made) trained(core, VA);
      core.say(R2, open(core, R2, 1)).input({ t: 'timer', id: 'tick' });
      expect(core.sent('update')).toEqual([]);
    }
  });

  it('joins again when the leader of the list that it is on gathers, and goes on saying its update', () => {
    const core = member();
    core.say(R1, open(core, R1));
    trained(core, VA);
    const { fed, epoch } = core.config;
    const status = { t: 'status', fed, epoch, round: core.s.slot.round, head: core.s.headId, state: core.s.head.record.state } as const;
    core.say(R1, { ...status, phase: 'training', joined: 2, seat: true }).take();
    core.say(R2, { ...status, phase: 'gathering', joined: 0, seat: true });
    expect(core.sent('join')).toEqual([]); // another seat may have missed the list
    core.say(R1, { ...status, phase: 'gathering', joined: 0, seat: true });
    expect(core.sent('join')).not.toEqual([]);
    expect(core.input({ t: 'timer', id: 'tick' }).sent('update')).not.toEqual([]);
  });

  it('stays paused or leaves when the training it waited for fails', () => {
    const after = { active: 'paused', paused: 'paused', finishing: 'following', following: 'following' } as const;
    for (const [mode, then] of Object.entries(after)) {
      const core = member();
      core.say(R1, open(core, R1)).input({ t: 'mode', mode: mode as keyof typeof after });
      core.input({ t: 'train-refused', state: core.config.initialState.hash, code: 'internal' });
      expect(core.s.member.mode).toBe(then);
    }
  });

  it('hears of refusals from seats only', () => {
    const core = member();
    const refuse: RoundMessage = { t: 'refuse', fed: FED, code: 'internal', about: 'x'.repeat(43) as Hash, field: 'vector' };
    core.say(B, refuse);
    expect(core.events('refused')).toEqual([]);
    core.say(R0, refuse);
    expect(core.events('refused')).toEqual([expect.objectContaining({ by: R0, code: 'internal' })]);
  });

  it('shows what seats say of the phase, nobody else', () => {
    const core = member();
    const status = (from: PeerId): RoundMessage & { t: 'status' } => ({
      t: 'status',
      ...core.slot,
      head: core.s.headId,
      state: core.s.head.record.state,
      phase: 'waiting-for-new',
      joined: 3,
      seat: from !== B,
    });
    core.say(B, { ...status(B), seat: true });
    expect(phaseOf(core.s)).toBe('gathering');
    core.say(R0, status(R0));
    expect(phaseOf(core.s)).toBe('waiting-for-new');
    // Another epoch's slots are counted anew: nothing is asked of its peers.
    core.take();
    core.say(R0, { ...status(R0), epoch: 1, phase: 'gathering', joined: 9 });
    core.say(R0, { ...status(R0), fed: 'G'.repeat(43) as Hash, round: 7 });
    core.say(R0, { ...status(R0), epoch: 1, round: 7 });
    expect([phaseOf(core.s), core.take()]).toEqual(['waiting-for-new', []]);
    core.say(R0, { ...status(R0), round: 7 });
    expect(core.sent('want')).toEqual([expect.objectContaining({ to: R0 })]);
    // The end is what the records say, not what a seat does.
    core.say(R0, { ...status(R0), phase: 'finished' });
    expect(phaseOf(core.s)).toBe('gathering');
  });

  it('gives any peer what it holds: head, state, the state before and updates', () => {
    const core = member();
    const initial = core.config.initialState;
    core.say(R1, open(core, R1));
    trained(core, VA);
    core.say(B, core.update(B, VB));
    core.take();
    const want = (what: 'head' | 'state' | 'update', hash: string | null) =>
      core.say(B, { t: 'want', fed: FED, what, hash: hash as Hash | null });
    want('update', updateId(core.update(B, VB).signed));
    expect(core.sent('update')).toEqual([expect.objectContaining({ to: B })]);
    const record = core.model([
      { by: A, vector: VA },
      { by: B, vector: VB },
    ]);
    core.propose(R1, record).say(R1, { t: 'record', certified: certify(record, [R0, R1], [A]) });
    core.take();
    want('state', record.state);
    want('state', initial.hash);
    want('state', hashBytes(VB));
    expect(core.sent('state').map((m) => m.message.hash)).toEqual([record.state, initial.hash]);
    want('head', null);
    expect(core.sent('record')[0]?.message.certified.record).toEqual(record);
  });
});
