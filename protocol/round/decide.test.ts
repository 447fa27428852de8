/** Four voting members of which one may lie: the rules of PBFT (Castro & Liskov 1999) on one seat's core. */
import { describe, expect, it } from 'vitest';
import { allowedBy } from '../agreement/view-change.ts';
import { hashBytes, type Hash } from '../codec.ts';
import { idOf, type PeerId } from '../identity.ts';
import { attestOf, certify, configOf, Core, id, lockOf, nextState, signed, vectorOf, voteOf } from './core.fixture.ts';
import { deciding } from './decide.ts';
import type { RecordBody } from './messages.ts';
import { isCertified, updateId } from './record.ts';
import { blobsWanted } from './state.ts';
import { changeFrom } from './wire-names.ts';

const SEATS = ['m0', 'm1', 'm2', 'm3'].map(id);
const [M0, M1, M2, M3] = SEATS as [PeerId, PeerId, PeerId, PeerId];
const stranger = id('stranger');
/** Of round 1: view 0 is led by M1, view 1 by M2, view 2 by M3, view 3 by M0. */
const seat = (self: PeerId = M0): Core =>
  new Core(configOf(self, SEATS, 1)).input({ t: 'start' }).peers(...SEATS.filter((s) => s !== self));

const [V1, V2, V3] = [vectorOf(1), vectorOf(2), vectorOf(3)];
/** Holds three updates from the first state. */
function fed(core = seat()): { core: Core; model: RecordBody; other: RecordBody } {
  const updates = [
    { by: M1, vector: V1 },
    { by: M2, vector: V2 },
    { by: M3, vector: V3 },
  ];
  core.asked(M1, M2, M3);
  for (const { by, vector } of updates) core.say(by, core.update(by, vector));
  return { core, model: core.model(updates), other: core.model(updates.slice(0, 2)) };
}
const prepares = (core: Core) =>
  core
    .sent('vote')
    .filter((v) => v.message.signed.body.t === 'prepare')
    .map((v) => v.message.signed.body);
const commits = (core: Core) =>
  core
    .sent('vote')
    .filter((v) => v.message.signed.body.t === 'commit')
    .map((v) => v.message.signed.body);

describe('a seat of four', () => {
  it('prepares what the leader proposes once it recomputed it and a contributor attests it', () => {
    const { core, model } = fed();
    core.propose(M1, model);
    expect(prepares(core)).toEqual([]);
    core.attest(M2, model);
    expect(prepares(core)).toEqual([expect.objectContaining({ view: 0, record: idOf(model), round: 1 })]);
  });

  it('hears a proposal from the leader of its view only', () => {
    const { core, model } = fed();
    for (const by of [M0, M2, M3, stranger]) core.propose(by, model);
    core.attest(M2, model);
    expect(core.s.agreement.proposals.size).toBe(0);
    expect(prepares(core)).toEqual([]);
  });

  it('does not take a body that is not the one signed', () => {
    const { core, model, other } = fed();
    core.say(M1, {
      t: 'propose',
      signed: signed({ t: 'propose', ...core.slot, view: 0, record: idOf(model) }, M1),
      record: other,
      changes: [],
    });
    expect(core.s.agreement.proposals.size).toBe(0);
  });

  it('prepares one record in a view, whatever the leader says next', () => {
    const { core, model, other } = fed();
    core.propose(M1, model).attest(M2, model);
    expect(prepares(core)).toHaveLength(1);
    core.propose(M1, other).attest(M2, other).propose(M1, core.skip());
    expect(prepares(core).filter((p) => p.record !== idOf(model))).toEqual([]);
  });

  it.each<[string, (model: RecordBody) => Partial<RecordBody>]>([
    ['another state', () => ({ state: hashBytes(new Uint8Array(3)) })],
    ['another base', () => ({ base: hashBytes(new Uint8Array(3)) })],
    ['another kernel', () => ({ kernel: 'test/2' })],
    ['another round', () => ({ round: 2 })],
    ['another epoch', () => ({ epoch: 1 })],
    ['a state of another round', () => ({ stateRound: 0 })],
    ['too few contributions', (m) => ({ contributions: m.contributions.slice(0, 1) })],
    ['contributions out of order', (m) => ({ contributions: [...m.contributions].reverse() })],
    ['a contribution twice', (m) => ({ contributions: [m.contributions[0]!, m.contributions[0]!, m.contributions[1]!] })],
    ['another ledger', (m) => ({ contributions: m.contributions.map((c, i) => (i === 0 ? { ...c, ledger: 'z'.repeat(43) as Hash } : c)) })],
    ['somebody else as the maker', (m) => ({ contributions: m.contributions.map((c, i) => (i === 2 ? { ...c, member: stranger } : c)) })],
  ])('does not prepare a model with %s', (_, change) => {
    const { core, model } = fed();
    const record: RecordBody = { ...model, ...change(model) };
    core.propose(M1, record).attest(M2, record).attest(M1, record);
    expect(prepares(core)).toEqual([]);
  });

  it('prepares a skip that leaves everything as it was, and no other', () => {
    const { core } = fed();
    core.propose(M1, { ...core.skip(), state: hashBytes(new Uint8Array(1)) });
    expect(prepares(core)).toEqual([]);
    const fresh = seat();
    fresh.propose(M1, fresh.skip());
    expect(prepares(fresh)).toHaveLength(1);
  });

  it('asks the proposer for an update that it lacks, and prepares once it is here', () => {
    const { model } = fed();
    const core = seat();
    core.asked(M1, M2).say(M1, core.update(M1, V1)).say(M2, core.update(M2, V2));
    core.propose(M1, model).attest(M1, model);
    expect(core.sent('want')).toEqual([
      expect.objectContaining({ to: M1, message: expect.objectContaining({ what: 'update', hash: updateId(core.update(M3, V3).signed) }) }),
    ]);
    core.say(M1, core.update(M3, V3));
    expect(prepares(core)).toHaveLength(1);
  });

  it('takes the second update of a member that signed two only when a proposal names it', () => {
    const { core } = fed();
    const twin = vectorOf(99);
    core.take();
    core.say(M3, core.update(M3, twin));
    expect(core.sent('refuse')[0]?.message.code).toBe('conflict');
    const named = core.model([
      { by: M1, vector: V1 },
      { by: M2, vector: V2 },
      { by: M3, vector: twin },
    ]);
    core.propose(M1, named).attest(M1, named).say(M1, core.update(M3, twin));
    expect(prepares(core)).toHaveLength(1);
  });

  it('locks and commits with three prepares, and counts a seat once', () => {
    const { core, model, other } = fed();
    core.propose(M1, model).attest(M2, model);
    core.take();
    core.vote(M1, 'prepare', model).vote(M1, 'prepare', model).vote(stranger, 'prepare', model).vote(M1, 'prepare', other);
    expect(core.s.agreement.ballot.lock).toBeNull();
    core.vote(M2, 'prepare', model, 1).vote(M2, 'commit', model); // of another view, of the other phase
    expect(core.s.agreement.ballot.lock).toBeNull();
    core.vote(M3, 'prepare', model);
    expect(core.s.agreement.ballot.lock?.prepares.map((p) => p.by).sort()).toEqual([M0, M1, M3]);
    expect(commits(core)).toEqual([expect.objectContaining({ record: idOf(model), view: 0 })]);
  });

  it('decides with three commits of one view, and counts a seat once', () => {
    const { core, model } = fed();
    core.propose(M1, model).attest(M2, model);
    core.vote(M1, 'commit', model).vote(M1, 'commit', model).vote(M2, 'commit', model, 1).vote(M3, 'commit', model);
    expect(core.s.head.record.round).toBe(0);
    core.vote(M2, 'commit', model);
    expect(core.s.head.record).toEqual(model);
    expect(isCertified(core.config, core.s.head)).toBe(true);
  });

  it("is not kept from a model by contributors whose words, beside a liar's vote, are about another epoch", () => {
    const { core, model } = fed();
    const empty = [M1, M3].map((by) => signed({ ...attestOf(by, model).body, epoch: 1 }, by));
    core.propose(M1, model).vote(M1, 'prepare', model, 0, empty).attest(M2, model);
    expect(prepares(core)).toHaveLength(1);
  });

  it('does not take what vectors made of the last state for what they make of this one', () => {
    const { core, model, other } = fed();
    const base = core.s.stateBytes!;
    core.loop = false;
    core.propose(M1, model);
    const [asked] = core.take().filter((e) => e.t === 'aggregate');
    core.say(M2, { t: 'record', certified: certify(other, [M1, M2, M3], [M1]) });
    core.say(M2, { t: 'state', fed: core.config.fed, hash: other.state, bytes: nextState(base, [V1, V2]) });
    const again = fed(core).model; // the same vectors, from another state
    core.propose(M2, again).attest(M2, again);
    const bytes = nextState(base, [V1, V2, V3]);
    core.input({ t: 'aggregated', key: asked!.key, hash: hashBytes(bytes), bytes });
    const right = nextState(core.s.stateBytes!, [V1, V2, V3]);
    const next = core.take().find((e) => e.t === 'aggregate')!;
    core.input({ t: 'aggregated', key: next.key, hash: hashBytes(right), bytes: right });
    expect(prepares(core)).toHaveLength(1);
  });

  it('asks for the decision when votes name a record that it never saw', () => {
    const { core, model } = fed();
    core.take();
    core.vote(M1, 'commit', { ...model, kernel: 'unseen' });
    expect(core.sent('want')).toEqual([{ to: M1, message: { t: 'want', fed: core.config.fed, what: 'head', hash: null } }]);
  });
});

describe('a change of view', () => {
  it('starts by its timer, is persisted before it is sent, and carries the lock', () => {
    const { core, model } = fed();
    core.propose(M1, model).attest(M2, model).vote(M1, 'prepare', model).vote(M2, 'prepare', model);
    core.join(M1).join(M2); // starts the clock of view 0
    core.take();
    core.input({ t: 'timer', id: 'view' });
    const order = core.effects.flatMap((e) => (e.t === 'persist' ? e.puts.map((p) => p.key) : e.t === 'send' ? [e.draft.t] : []));
    expect(order.indexOf('ballot')).toBeGreaterThanOrEqual(0);
    expect(order.indexOf('ballot')).toBeLessThan(order.indexOf('change'));
    const [change] = core.sent('change');
    expect(change!.message.signed.body.lock).toEqual({ view: 0, record: idOf(model) });
    expect(core.believes(change!.message)).toBe(true);
  });

  it('is joined when two seats want it, not when one does', () => {
    const { core } = fed();
    core.say(M1, core.change(M1, 7));
    expect(core.s.agreement.ballot.view).toBe(0);
    core.say(M2, core.change(M2, 3));
    expect(core.s.agreement.ballot.view).toBe(3);
    core.say(M1, core.change(M1, 900)).say(stranger, core.change(stranger, 900));
    expect(core.s.agreement.ballot.view).toBe(3);
  });

  it('ends voting in the views before it', () => {
    const { core, model } = fed();
    core.say(M1, core.change(M1, 1)).say(M2, core.change(M2, 1));
    core.take();
    core.propose(M1, model).attest(M2, model);
    for (const by of [M1, M2, M3]) core.vote(by, 'prepare', model, 0, [attestOf(M2, model)]);
    expect(core.sent('vote')).toEqual([]);
    expect(core.s.agreement.ballot.lock).toBeNull();
  });

  it('lets its leader propose only with a quorum of changes, and the highest lock among them', () => {
    const { core, model, other } = fed();
    const [low, high] = [lockOf(other, 0, [M1, M2, M3], [M1]), lockOf(model, 1, [M1, M2, M3], [M1])];
    const changes = [core.change(M1, 2, low), core.change(M2, 2, high), core.change(M3, 2)];
    const tryTo = (record: RecordBody, list = changes, view = 2, by = M3): number => {
      const fresh = fed().core;
      fresh.propose(by, record, view, list).attest(M1, record);
      return prepares(fresh).length;
    };
    expect(tryTo(model)).toBe(1);
    expect(tryTo(other)).toBe(0);
    expect(tryTo(core.skip())).toBe(0);
    expect(tryTo(model, changes.slice(0, 2))).toBe(0);
    expect(tryTo(model, [changes[0]!, changes[1]!, changes[1]!])).toBe(0);
    expect(tryTo(model, changes, 2, M2)).toBe(0);
    expect(
      tryTo(
        model,
        changes.map((c, i) => (i === 2 ? core.change(M3, 3) : c)),
      ),
    ).toBe(0);
    expect(tryTo(model, [...changes.slice(0, 2), core.change(stranger, 2)])).toBe(0);
    const free = [M1, M2, M3].map((by) => core.change(by, 2));
    expect(tryTo(other, free)).toBe(1);
  });

  it('takes no lock whose proof is short, forged or of another place', () => {
    const { core, model, other } = fed();
    const good = lockOf(model, 0, [M1, M2, M3], [M1]);
    const valid = (lock: typeof good, view = 1) => core.believes(core.change(M1, view, lock));
    expect(valid(good)).toBe(true);
    expect(valid(lockOf(model, 0, [M1, M2], [M1]))).toBe(false);
    expect(valid(lockOf(model, 0, [M1, M2, M2], [M1]))).toBe(false);
    expect(valid(lockOf(model, 0, [M1, M2, stranger], [M1]))).toBe(false);
    expect(valid(lockOf(model, 0, [M1, M2, M3], []))).toBe(false);
    expect(valid(lockOf(model, 0, [M1, M2, M3], [stranger]))).toBe(false);
    expect(valid({ ...good, record: other })).toBe(false);
    expect(valid({ ...good, view: 1 }, 2)).toBe(false);
    expect(valid(lockOf(model, 1, [M1, M2, M3], [M1]))).toBe(false); // a lock of the view that the change enters
    expect(valid({ ...good, prepares: [M1, M2, M3].map((by) => voteOf(by, 'commit', model)) })).toBe(false);
    expect(valid(lockOf({ ...model, round: 2 }, 0, [M1, M2, M3], [M1]))).toBe(false);
    expect(valid(lockOf({ ...model, epoch: 1 }, 0, [M1, M2, M3], [M1]))).toBe(false);
    // The proof beside a change is the one that its signature covers.
    const { signed: body } = core.change(M1, 1);
    expect(core.believes({ t: 'change', signed: body, lock: good })).toBe(false);
    expect(core.believes({ ...core.change(M1, 1, good), lock: null })).toBe(false);
    expect(allowedBy(deciding(core.s), [changeFrom(core.change(M1, 1, good))], 1)).toBeNull();
  });

  it('makes its leader propose the lock, also one that came to light after it called the round, and compute nothing first', () => {
    const core = fed(seat(M2)).core;
    const { model } = fed();
    const lock = lockOf(model, 0, [M1, M3, M0], [M1]);
    core.say(M1, core.change(M1, 1, lock)).say(M3, core.change(M3, 1));
    expect(core.s.agreement.proposed?.value).toEqual(model);

    const late = seat(M2);
    late.join(M0).join(M1).join(M3);
    late.say(M0, late.change(M0, 1)).say(M3, late.change(M3, 1));
    expect(late.s.slot.open?.body.view).toBe(1);
    late.say(M1, late.change(M1, 1, lock));
    for (const by of late.s.slot.open!.body.members) late.say(by, late.update(by, V1));
    expect(late.s.agreement.proposed?.value).toEqual(model);
    expect(late.effects.filter((e) => e.t === 'aggregate')).toEqual([]);
  });

  it('brings the words for a lock with the proposal that shows it, whether or not its leader votes', () => {
    const { core, model } = fed();
    const lock = lockOf(model, 0, [M1, M2, M3], [M1]);
    core.propose(M2, model, 1, [core.change(M1, 1, lock), core.change(M2, 1), core.change(M3, 1)]);
    expect(prepares(core)).toEqual([expect.objectContaining({ view: 1, record: idOf(model) })]);
  });

  it('says one change a view: locked in a view, it does not sign another one for it', () => {
    const { core, model } = fed();
    const changes = [M1, M2, M3].map((by) => core.change(by, 2));
    core.propose(M3, model, 2, changes).attest(M1, model);
    for (const by of [M1, M2]) core.vote(by, 'prepare', model, 2);
    expect(core.s.agreement.ballot.lock?.view).toBe(2);
    core.take();
    core.input({ t: 'timer', id: 'tick' });
    expect(core.sent('change')).toEqual([]);
  });
});

describe('a restart of a seat of four', () => {
  const restarted = (core: Core): Core => core.restart().peers(M1, M2, M3);

  it('that prepared does not prepare another record in the same view', () => {
    const { core, model, other } = fed();
    core.propose(M1, model).attest(M2, model);
    restarted(core).propose(M1, other).attest(M2, other);
    expect(prepares(core).filter((p) => p.record === idOf(other))).toEqual([]);
    core.input({ t: 'timer', id: 'tick' });
    expect(prepares(core)).toEqual([expect.objectContaining({ view: 0, record: idOf(model) })]);
  });

  it('that locked keeps its lock, and says so when it changes the view', () => {
    const { core, model } = fed();
    core.propose(M1, model).attest(M2, model).vote(M1, 'prepare', model).vote(M2, 'prepare', model);
    expect(core.s.agreement.ballot.committed).not.toBeNull();
    restarted(core);
    core.take();
    core.say(M1, core.change(M1, 1)).say(M3, core.change(M3, 1));
    const [change] = core.sent('change');
    expect(change!.message.lock?.record).toEqual(model);
    expect(core.believes(change!.message)).toBe(true);
  });

  it("still has the second update that its vote names, which nobody else may after the leader's disk is lost", () => {
    const { core } = fed();
    const twin = core.update(M3, vectorOf(99));
    const named = core.model([
      { by: M1, vector: V1 },
      { by: M2, vector: V2 },
      { by: M3, vector: twin.vector },
    ]);
    const cells = () => [...core.storage.kept.keys()].filter((key) => key.startsWith('alternate/'));
    core.propose(M1, named).take();
    core.say(M1, twin).attest(M2, named);
    const written = core.effects.findIndex((e) => e.t === 'persist' && e.puts.some(({ key }) => key === cells()[0]));
    const voted = core.effects.findIndex((e) => e.t === 'send' && e.draft.t === 'vote');
    expect([written >= 0, voted > written]).toEqual([true, true]);
    core.take();
    core.say(M1, twin);
    expect(core.effects.filter((e) => e.t === 'persist')).toEqual([]); // it is there already
    expect(cells()).toHaveLength(1);
    expect(blobsWanted(core.storage.stored)).toContain(twin.signed.body.vector);
    restarted(core).take();
    const lock = lockOf(named, 0, [M0, M1, M3], [M2]);
    core.propose(M2, named, 1, [core.change(M1, 1, lock), core.change(M2, 1), core.change(M3, 1)]);
    expect(prepares(core)).toEqual([expect.objectContaining({ view: 1, record: idOf(named) })]);
    core.say(M1, { t: 'record', certified: certify(named, [M1, M2, M3], [M2]) });
    expect(cells()).toEqual([]);
  });

  it('finds its ballot under the names that it has always had on disk', () => {
    const { core, model } = fed();
    core.propose(M1, model).attest(M2, model).vote(M1, 'prepare', model).vote(M2, 'prepare', model);
    const { prepares: votes, evidence } = core.s.agreement.ballot.lock!;
    expect(core.storage.kept.get('ballot')).toEqual({
      round: 1,
      view: 0,
      prepared: { view: 0, record: model },
      committed: { view: 0, record: idOf(model) },
      lock: { view: 0, record: model, prepares: votes, attests: evidence },
    });
    const before = core.s.agreement.ballot;
    expect(restarted(core).s.agreement.ballot).toEqual(before);
  });

  it('that left a view does not go back to it', () => {
    const { core, model } = fed();
    core.say(M1, core.change(M1, 2)).say(M2, core.change(M2, 2));
    restarted(core).propose(M1, model).attest(M2, model);
    expect(core.s.agreement.ballot.view).toBe(2);
    expect(prepares(core)).toEqual([]);
  });
});
