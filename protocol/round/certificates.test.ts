/** What makes a record final for anybody, and what a second one for the same slot does. */
import { describe, expect, it } from 'vitest';
import { leaderOf } from '../agreement/state.ts';
import { hashBytes } from '../codec.ts';
import { type PeerId } from '../identity.ts';
import { attestOf, certify, configOf, Core, id, nextState, vectorOf, voteOf } from './core.fixture.ts';
import type { RecordBody, RoundMessage } from './messages.ts';
import { isCertified, isSameUpdate } from './record.ts';

const SEATS = ['m0', 'm1', 'm2', 'm3'].map(id);
const [M0, M1, M2, M3] = SEATS as [PeerId, PeerId, PeerId, PeerId];
const stranger = id('stranger');
const [V1, V2, V3] = [vectorOf(1), vectorOf(2), vectorOf(3)];
const seat = (): Core => new Core(configOf(M0, SEATS, 1)).input({ t: 'start' }).peers(M1, M2, M3);

describe('a certified record', () => {
  const core = seat();
  const updates = [
    { by: M1, vector: V1 },
    { by: M2, vector: V2 },
    { by: M3, vector: V3 },
  ];
  const [model, other] = [core.model(updates), core.model(updates.slice(0, 2))];

  it('needs a quorum of distinct seats in one view and, for a model, a contributor', () => {
    const { config } = core;
    expect(isCertified(config, certify(model, [M0, M1, M2], [M1]))).toBe(true);
    expect(isCertified(config, certify(model, [M0, M1], [M1]))).toBe(false);
    expect(isCertified(config, certify(model, [M0, M1, M1], [M1]))).toBe(false);
    expect(isCertified(config, certify(model, [M0, M1, stranger], [M1]))).toBe(false);
    expect(isCertified(config, certify(model, [M0, M1, M2], []))).toBe(false);
    expect(isCertified(config, certify(model, [M0, M1, M2], [M0]))).toBe(false); // a seat that did not contribute
    expect(isCertified(config, { ...certify(model, [M0, M1, M2], [M1]), record: other })).toBe(false);
    const mixed = [voteOf(M0, 'commit', model, 0), voteOf(M1, 'commit', model, 0), voteOf(M2, 'commit', model, 1)];
    expect(isCertified(config, { record: model, commits: mixed, attests: [attestOf(M1, model)] })).toBe(false);
    const prepared = [M0, M1, M2].map((by) => voteOf(by, 'prepare', model));
    expect(isCertified(config, { record: model, commits: prepared, attests: [attestOf(M1, model)] })).toBe(false);
    expect(isCertified(config, certify({ ...model, epoch: 1 }, [M0, M1, M2], [M1]))).toBe(false);
    expect(isCertified(config, certify(core.skip(), [M0, M1, M2], []))).toBe(true);
  });

  it('moves a seat that missed it, with the state fetched and checked', () => {
    const late = seat();
    late.say(M2, { t: 'record', certified: certify(model, [M0, M1, M2], [M1]) });
    expect(late.s.head.record).toEqual(model);
    expect(late.s.stateBytes).toBeNull();
    expect(late.sent('want')[0]).toMatchObject({ to: M2, message: { what: 'state', hash: model.state } });
    late.say(M2, { t: 'state', fed: late.config.fed, hash: model.state, bytes: new TextEncoder().encode('another state') });
    late.say(M2, { t: 'state', fed: late.config.fed, hash: hashBytes(V1), bytes: V1 });
    expect(late.s.stateBytes).toBeNull();
    const right = nextState(core.s.stateBytes!, [V1, V2, V3]);
    late.say(M3, { t: 'state', fed: late.config.fed, hash: model.state, bytes: right });
    expect(late.s.stateBytes).toEqual(right);
  });

  it('for the same slot as another one stops the peer for good, also after a restart', () => {
    const peer = seat();
    peer.say(M2, { t: 'record', certified: certify(model, [M0, M1, M2], [M1]) });
    peer.say(M3, { t: 'record', certified: certify(other, [M1, M2, M3], [M1]) });
    expect(peer.events('forked')).toEqual([{ t: 'forked', round: 1 }]);
    peer.restart();
    expect(peer.take()).toEqual([{ t: 'emit', event: { t: 'forked', round: 1 } }]);
    const silent: RoundMessage[] = [{ t: 'want', fed: peer.config.fed, what: 'head', hash: null }, peer.change(M1, 1), peer.update(M1, V1)];
    for (const message of silent) peer.say(M1, message);
    peer.input({ t: 'timer', id: 'tick' }).input({ t: 'mode', mode: 'active' });
    expect(peer.take()).toEqual([]);
  });

  it('of a later slot is taken without the slots between, whose leader is another', () => {
    expect([0, 1, 2, 3].map((view) => leaderOf(core.config, 1, view))).toEqual([M1, M2, M3, M0]);
    const late = seat();
    const far: RecordBody = { ...model, round: 9, stateRound: 9, base: hashBytes(V2) };
    const hear = (changes: Partial<RecordBody>) =>
      late.say(M2, { t: 'record', certified: certify({ ...far, ...changes }, [M0, M1, M2], [M1]) }).s.slot.round;
    // At most one model a slot; at least one, if it is one.
    expect([hear({ models: 10 }), hear({ models: 9 })]).toEqual([1, 10]);
    const skip = { ...late.skip(), round: 12 };
    for (const models of [8, 13]) expect(hear({ ...skip, models })).toBe(10);
    for (const models of [9, 13]) expect(hear({ round: 12, stateRound: 12, models })).toBe(10);
    expect(hear({ ...skip, models: 9 })).toBe(13);
  });

  it('names one attempt of each member, the first', () => {
    const { contributions } = model;
    const second = { ...model, contributions: contributions.map((c) => ({ ...c, attempt: 1 })) };
    expect(isCertified(core.config, certify(second, [M0, M1, M2], [M1]))).toBe(false);
    const { signed } = core.update(M1, V1);
    const [first] = contributions;
    expect([isSameUpdate(signed, first!), isSameUpdate(signed, { ...first!, attempt: 1 })]).toEqual([true, false]);
  });
});
