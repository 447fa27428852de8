/** What is worth checking, and what is checked of it: all that a core counts on was signed by whom it names. */
import { describe, expect, it } from 'vitest';
import { hashBytes, type Hash } from '../codec.ts';
import { idOf, type PeerId } from '../identity.ts';
import { attestOf, certify, configOf, Core, FED, id, lockOf, signed, vectorOf, voteOf } from './core.fixture.ts';
import type { RecordBody, RoundMessage } from './messages.ts';
import { isRelevant, signaturesIn } from './signatures.ts';

const SEATS = ['m0', 'm1', 'm2', 'm3'].map(id);
const [M0, M1, M2, M3] = SEATS as [PeerId, PeerId, PeerId, PeerId];
const [A, B] = [id('a'), id('b')];
const stranger = id('stranger');
const seat = (): Core => new Core(configOf(M0, SEATS, 1)).input({ t: 'start' }).peers(M1, M2, M3, A, B);
const core = seat();
const model = core.model([A, B].map((by, i) => ({ by, vector: vectorOf(i) })));
const other = { ...model, state: hashBytes(vectorOf(9)) };
const lock = lockOf(model, 0, [M1, M2, M3], [A]);
const changes = [core.change(M1, 1, lock), core.change(M2, 1), core.change(M3, 1)];
const proposal = (record: RecordBody, by = M2, list = changes): RoundMessage => ({
  t: 'propose',
  signed: signed({ t: 'propose', ...core.slot, view: 1, record: idOf(record) }, by),
  record,
  changes: list,
});
const vote = (by: PeerId): RoundMessage => ({ t: 'vote', signed: voteOf(by, 'prepare', model), attests: [attestOf(A, model)] });
const record = (certified = certify(model, [M1, M2, M3], [A])): RoundMessage => ({ t: 'record', certified });
const open = (by: PeerId): RoundMessage => ({
  t: 'open',
  signed: signed({ t: 'open', ...core.slot, view: 0, state: core.s.head.record.state, members: [A, B] }, by),
});

describe('the signatures of a message', () => {
  /** Who signed what, in any order. */
  const names = (message: RoundMessage): string[] =>
    signaturesIn(message)
      .map(({ by, body }) => `${by.split('-')[0]} ${body.t}`)
      .sort();
  const inLock = ['m1 prepare', 'm2 prepare', 'm3 prepare', 'a attest'];
  const ofMembers = ['a update', 'b update'];

  it.each<[string, RoundMessage, string[]]>([
    ['a vote', vote(M1), ['m1 prepare', 'a attest']],
    ['a change', changes[0]!, ['m1 change', ...inLock, ...ofMembers]],
    ['a record', record(), ['m1 commit', 'm2 commit', 'm3 commit', 'a attest', ...ofMembers]],
    ['a list', open(M1), ['m1 open']],
  ])('are all checked: %s', (_, message, expected) => {
    expect(names(message)).toEqual(expected.sort());
  });

  it('are all checked: a proposal, with the updates of its record and of each other one that it shows', () => {
    const seats = ['m2 propose', 'm1 change', 'm2 change', 'm3 change', ...inLock];
    expect(names(proposal(model))).toEqual([...seats, ...ofMembers].sort());
    expect(names(proposal(other))).toEqual([...seats, ...ofMembers, ...ofMembers].sort());
    expect(names(proposal(core.skip()))).toEqual([...seats, ...ofMembers].sort());
  });
});

describe('a message is not worth a check', () => {
  const twice = [M1, M2, M2].map((by) => voteOf(by, 'commit', model));
  const fed = 'G'.repeat(43) as Hash;

  it.each<[string, RoundMessage, RoundMessage]>([
    ['a proposal of who does not lead', proposal(model), proposal(model, M3)],
    ['a record that nobody can judge', proposal(model), proposal({ ...model, contributions: [] })],
    ['changes of strangers', proposal(model), proposal(model, M2, [...changes, core.change(stranger, 1)])],
    ['changes twice', proposal(model), proposal(model, M2, [...changes, changes[0]!])],
    ['locks of strangers', proposal(model), proposal(model, M2, [core.change(M1, 1, lockOf(model, 0, [M1, stranger], [A]))])],
    ['a change of a stranger', changes[0]!, core.change(stranger, 1)],
    ['a change with a stranger for a contributor', changes[0]!, core.change(M1, 1, lockOf(model, 0, [M1], [stranger]))],
    ['a vote of a stranger', vote(M1), vote(stranger)],
    ['a list of who does not lead', open(M1), open(M2)],
    ['commits of strangers', record(), record(certify(model, [M1, stranger], [A]))],
    ['commits twice', record(), record({ record: model, commits: twice, attests: [] })],
    ['words of strangers', record(), record(certify(model, [M1], [stranger]))],
    ['a certified record that nobody can judge', record(), record(certify({ ...model, models: 0 }, [M1], [A]))],
    ['a record of another federation', record(), record(certify({ ...model, fed }, [M1], [A]))],
  ])('%s', (_, good, bad) => {
    expect([isRelevant(core.s, good), isRelevant(core.s, bad)]).toEqual([true, false]);
  });

  it('a state that is here or that nobody asked for', () => {
    const late = seat();
    const state = (hash: Hash): RoundMessage => ({ t: 'state', fed: FED, hash, bytes: new Uint8Array(1) });
    expect(isRelevant(late.s, state(late.s.head.record.state))).toBe(false);
    late.say(M1, record());
    expect(isRelevant(late.s, state(model.state))).toBe(true);
    expect(isRelevant(late.s, state(other.state))).toBe(false);
  });

  it('a word for a record that is not here, of who is not in it, or that is here', () => {
    const late = seat();
    const word = (by: PeerId): RoundMessage => ({ t: 'attest', signed: attestOf(by, model) });
    expect(isRelevant(late.s, word(A))).toBe(false);
    late.propose(M1, model);
    expect([isRelevant(late.s, word(A)), isRelevant(late.s, word(stranger))]).toEqual([true, false]);
    late.attest(A, model);
    expect([isRelevant(late.s, word(A)), isRelevant(late.s, word(B))]).toEqual([false, true]);
  });

  it('a join from another state or that is here, and a done that is', () => {
    const late = seat();
    const join = (state: Hash): RoundMessage => ({ t: 'join', signed: signed({ t: 'join', ...late.slot, state }, A) });
    const done: RoundMessage = { t: 'done', signed: signed({ t: 'done', fed: FED, epoch: 0, stateRound: 0 }, A) };
    const { state } = late.s.head.record;
    expect([isRelevant(late.s, join(state)), isRelevant(late.s, join(other.state)), isRelevant(late.s, done)]).toEqual([true, false, true]);
    late.s.standing.known.set(A, 0);
    late.join(A);
    expect(isRelevant(late.s, join(state))).toBe(false);
    late.say(A, done);
    expect(isRelevant(late.s, done)).toBe(false);
  });
});
