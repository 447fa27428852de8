/** What a stranger, a member or one lying seat may send without end: everything that a core keeps stays within protocol/limits.ts. */
import { describe, expect, it, vi } from 'vitest';
import { hashBytes } from '../codec.ts';
import { idOf, type PeerId } from '../identity.ts';
import { BODIES_PER_SLOT_MAX, COMPUTES_PER_VIEW_MAX, CONTRIBUTORS_MAX, JOINS_MAX, KNOWN_MAX, STATES_PER_SLOT_MAX } from '../limits.ts';
import { phaseOf } from './status.ts';
import { configOf, Core, FED, id, lockOf, signed, vectorOf } from './core.fixture.ts';
import { judge } from './judge.ts';
import type { RecordBody, RoundMessage } from './messages.ts';
import { membersOf } from './record.ts';
import { isRelevant, refusalTo } from './signatures.ts';
import type { RoundState } from './state.ts';

const R = id('relay');
const SEATS = ['m0', 'm1', 'm2', 'm3'].map(id);
const [M0, M1, M2, M3] = SEATS as [PeerId, PeerId, PeerId, PeerId];
const [A, B] = [id('a'), id('b')];
const strangers = (count: number): PeerId[] => Array.from({ length: count }, (_, i) => id(`s${i}`));

/** Sizes of every list of a core, the largest of votes and attestations in one. */
function sizes(s: RoundState): Record<string, number> {
  const { slot, agreement } = s;
  const largest = (map: ReadonlyMap<unknown, { readonly size: number }>) => Math.max(0, ...[...map.values()].map((m) => m.size));
  return {
    joins: slot.joins.size,
    values: agreement.values.size,
    proposals: agreement.proposals.size,
    computed: slot.computed.size,
    attests: slot.attests.size,
    attestsOfOne: largest(slot.attests),
    confirmed: agreement.confirmed.size,
    alternates: s.collect.alternates.size,
    votes: agreement.votes.size,
    votesOfOne: largest(agreement.votes),
    changes: agreement.changes.size,
    updates: s.collect.updates.size,
    seen: s.standing.seen.size,
    done: s.standing.done.size,
    known: s.standing.known.size,
    silent: s.standing.silent.size,
    late: s.standing.late.size,
    expected: s.standing.expected.size,
    returned: s.standing.returned.size,
    waiting: s.standing.waiting.size,
    took: slot.took.size,
    acked: s.member.acked.size,
  };
}

function expectBounded(core: Core): void {
  const seats = core.config.seats.length;
  const most: Record<string, number> = {
    joins: JOINS_MAX,
    values: BODIES_PER_SLOT_MAX,
    proposals: 40,
    computed: STATES_PER_SLOT_MAX,
    attests: BODIES_PER_SLOT_MAX,
    attestsOfOne: CONTRIBUTORS_MAX,
    confirmed: BODIES_PER_SLOT_MAX,
    alternates: 3 * core.config.maxContributors,
    votes: 80,
    votesOfOne: seats,
    changes: seats,
    updates: Math.max(CONTRIBUTORS_MAX, 4 * core.config.maxContributors),
    seen: JOINS_MAX,
    done: JOINS_MAX,
    known: KNOWN_MAX,
    silent: KNOWN_MAX,
    late: KNOWN_MAX,
    expected: 2 * JOINS_MAX + CONTRIBUTORS_MAX,
    returned: JOINS_MAX,
    waiting: JOINS_MAX,
    took: core.config.maxContributors,
    acked: seats,
  };
  for (const [list, size] of Object.entries(sizes(core.s))) expect(size, list).toBeLessThanOrEqual(most[list]!);
}

describe('strangers', () => {
  it('who join ten thousand times do not keep out those who are there', () => {
    const core = new Core(configOf(R, [R], 0)).input({ t: 'start' }).peers(A, B);
    for (const by of strangers(10_000)) core.join(by);
    expectBounded(core);
    core.join(A).join(B).input({ t: 'timer', id: 'open' });
    expect(core.s.slot.open?.body.members).toEqual([A, B]);
    core.say(A, core.update(A, vectorOf(1))).say(B, core.update(B, vectorOf(2)));
    core.attest(A, core.s.agreement.proposed!.value);
    expect(core.s.head.record.kind).toBe('model');
  });

  it('who send a thousand updates are refused by name, before their vectors are looked at, and leave nothing', () => {
    const look = vi.fn<() => null>(() => null);
    const core = new Core(configOf(R, [R], 0, { checkVector: look })).input({ t: 'start' }).peers(A, B);
    core.join(A).join(B).input({ t: 'timer', id: 'open' }).take();
    strangers(1000).forEach((by, i) => {
      const update = core.update(by, vectorOf(i));
      expect(isRelevant(core.s, update)).toBe(false); // no signature is checked either
      core.say(by, update);
    });
    expect(look).not.toHaveBeenCalled();
    expect(core.effects.filter((e) => e.t === 'persist')).toEqual([]);
    expect(new Set(core.sent('refuse').map(({ message }) => `${message.code} ${message.field}`))).toEqual(new Set(['not-listed member']));
    core.say(A, core.update(A, vectorOf(1))).say(B, core.update(B, vectorOf(2)));
    expect(membersOf(core.s.agreement.proposed!.value)).toEqual([A, B]);
    expect([...core.storage.kept.keys()].filter((k) => k.startsWith('update/'))).toHaveLength(2);
  });

  it('who join and send updates before a list is made leave none behind', () => {
    const core = new Core(configOf(R, [R], 0)).input({ t: 'start' }).peers(A, ...strangers(200));
    strangers(500).forEach((by, i) => core.join(by).say(by, core.update(by, vectorOf(i))));
    expectBounded(core);
    expect(core.s.collect.updates.size).toBe(0);
  });

  it('who were on a list that was skipped are let go when the next one needs their room', () => {
    const core = new Core(configOf(R, [R], 0))
      .input({ t: 'start' })
      .peers(A, B)
      .asked(...strangers(CONTRIBUTORS_MAX));
    strangers(CONTRIBUTORS_MAX).forEach((by, i) => core.say(by, core.update(by, vectorOf(i))));
    core.join(A).join(B).input({ t: 'timer', id: 'open' });
    core.say(A, core.update(A, vectorOf(1))).say(B, core.update(B, vectorOf(2)));
    expectBounded(core);
    expect(membersOf(core.s.agreement.proposed!.value)).toEqual([A, B]);
    expect([...core.storage.kept.keys()].filter((k) => k.startsWith('update/'))).toHaveLength(CONTRIBUTORS_MAX);
  });

  it('who join, go and come back without end are forgotten', () => {
    const core = new Core(configOf(R, [R], 0)).input({ t: 'start' });
    for (const by of strangers(2000)) core.peers(by).join(by).peers().peers(by);
    expectBounded(core);
    expect(core.s.standing.returned.size).toBeGreaterThan(0);
  });

  it('who ask for updates by names that they make up cost a look at what is held, and no hashing', () => {
    const core = new Core(configOf(R, [R], 0)).input({ t: 'start' }).peers(A, B).asked(A);
    const { signed: held, vector } = core.update(A, vectorOf(1));
    const look = vi.fn<() => PeerId>(() => A);
    core.say(A, { t: 'update', signed: Object.defineProperty({ ...held }, 'by', { get: look }), vector });
    expect(core.s.collect.updates.size).toBe(1);
    look.mockClear();
    for (const by of strangers(100)) core.say(by, { t: 'want', fed: FED, what: 'update', hash: FED });
    expect(look).not.toHaveBeenCalled();
  });

  it('who say done, as if they had had a budget here, are not heard', () => {
    const core = new Core(configOf(R, [R], 0)).input({ t: 'start' }).peers(A, B).join(A);
    const done = (by: PeerId) => core.say(by, { t: 'done', signed: signed({ t: 'done', fed: FED, epoch: 0, stateRound: 0 }, by) });
    for (const by of strangers(2000)) done(by);
    expect([core.s.standing.done.size, phaseOf(core.s)]).toEqual([0, 'gathering']);
    for (const by of strangers(KNOWN_MAX)) core.s.standing.known.set(by, 0);
    for (const by of core.s.standing.known.keys()) done(by);
    expectBounded(core);
    expect(core.s.standing.done.size).toBeGreaterThan(0);
  });

  it('who acknowledge, ask and vote leave nothing behind', () => {
    const core = new Core(configOf(M0, SEATS, 1)).input({ t: 'start' }).peers(M1, M2, M3);
    core.take();
    for (const by of strangers(1000)) {
      core
        .say(by, { t: 'ack', fed: FED, update: hashBytes(vectorOf(1)) })
        .say(by, { t: 'want', fed: FED, what: 'update', hash: hashBytes(vectorOf(1)) });
      core.vote(by, 'prepare', core.skip()).say(by, core.change(by, 5)).attest(by, core.skip()).propose(by, core.skip());
    }
    expect(Object.values(sizes(core.s)).reduce((a, b) => a + b)).toBe(0);
    expect(core.take()).toEqual([]);
  });
});

describe('one lying seat of four', () => {
  const updates = [M1, M2, M3, ...strangers(5)].map((by, i) => ({ by, vector: vectorOf(i) }));
  const holder = (): Core => {
    const core = new Core(configOf(M0, SEATS, 1)).input({ t: 'start' }).peers(M1, M2, M3);
    core.asked(...updates.map((u) => u.by));
    for (const { by, vector } of updates) core.say(by, core.update(by, vector));
    return core;
  };
  /** Different models of the updates at hand: subsets by the bits of n. */
  const subset = (core: Core, n: number) => core.model(updates.slice(0, 8).filter((_, i) => i < 2 || ((n >> (i - 2)) & 1) === 1));

  it('that votes for ten thousand views and records is kept to a few', () => {
    const core = holder();
    for (let i = 0; i < 10_000; i++)
      core.vote(M1, i % 2 === 0 ? 'prepare' : 'commit', { ...core.skip(), kernel: `k${i}` }, (i * 7919) % 5000);
    expectBounded(core);
  });

  it('that leads and proposes a thousand records does not stop the leader after it', () => {
    const core = holder();
    core.take();
    for (let i = 0; i < 1000; i++) core.propose(M1, i < 64 ? subset(core, i) : { ...core.skip(), kernel: `k${i}` });
    expectBounded(core);
    expect(core.effects.filter((e) => e.t === 'aggregate').length).toBeLessThanOrEqual(COMPUTES_PER_VIEW_MAX);
    // The next leader's model is computed, prepared, locked and decided.
    const good = core.model(updates);
    const changes = [M1, M2, M3].map((by) => core.change(by, 1));
    core.propose(M2, good, 1, changes).attest(M3, good);
    expect(core.s.agreement.ballot.prepared).toMatchObject({ view: 1, value: good });
    for (const by of [M2, M3]) core.vote(by, 'prepare', good, 1);
    for (const by of [M2, M3]) core.vote(by, 'commit', good, 1);
    expect(core.s.head.record).toEqual(good);
  });

  it('that proposes without end does not push out what is locked', () => {
    const core = holder();
    const good = core.model(updates);
    core.propose(M1, good).attest(M3, good).vote(M2, 'prepare', good).vote(M3, 'prepare', good);
    for (let i = 0; i < 200; i++) core.propose(M1, { ...core.skip(), kernel: `k${i}` });
    for (const by of [M2, M3]) core.vote(by, 'commit', good);
    expect(core.s.head.record).toEqual(good);
  });

  it('that proposes for strangers on no list does not have their updates count as answers to one', () => {
    const core = new Core(configOf(M0, SEATS, 1)).input({ t: 'start' }).peers(M1, M2, M3);
    const body = { t: 'open', ...core.slot, view: 0, state: core.s.head.record.state, members: [M1, M2, M3] } as const;
    core.say(M1, { t: 'open', signed: signed(body, M1) }).input({ t: 'timer', id: 'step' });
    for (let n = 0; n < 30; n++) {
      const made = strangers(8 * n + 8)
        .slice(8 * n)
        .map((by, i) => ({ by, vector: vectorOf(i) }));
      core.propose(M1, core.model(made));
      for (const { by, vector } of made) core.say(by, core.update(by, vector));
    }
    expect(core.s.collect.updates.size).toBe(CONTRIBUTORS_MAX);
    expect([core.s.slot.took.size, core.s.slot.arrived]).toEqual([0, 0]);
    expectBounded(core);
  });

  it('that names second updates without end keeps what its latest proposal needs, and nothing that is no update', () => {
    const core = new Core(configOf(M0, SEATS, 1)).input({ t: 'start' }).peers(M1, M2, M3);
    core.asked(...updates.map((u) => u.by));
    for (const { by, vector } of updates) core.say(by, core.update(by, vector));
    for (let n = 1; n <= 20; n++) {
      const twins = updates.map(({ by }, i) => ({ by, vector: vectorOf(100 * n + i) }));
      core.propose(M1, core.model(twins));
      for (const { by, vector } of twins) core.say(M1, core.update(by, vector));
      expect(core.s.slot.computed.size, `proposal ${n}`).toBe(Math.min(n, STATES_PER_SLOT_MAX));
    }
    expectBounded(core);
    expect(core.s.collect.alternates.size).toBe(updates.length);
    expect([...core.storage.kept.keys()].filter((key) => key.startsWith('alternate/'))).toHaveLength(updates.length);
    const spoilt = Uint8Array.of(0, 0, 0, 0, 0, 0, 0, 255);
    core.propose(M1, core.model([{ by: M1, vector: spoilt }, ...updates.slice(1)]));
    core.say(M1, core.update(M1, spoilt));
    expect([...core.s.collect.alternates.values()].filter(({ vector }) => vector === spoilt)).toEqual([]);
    core.say(M1, core.update(M2, vectorOf(101))); // of an older proposal
    expect([...core.s.collect.alternates.values()].filter(({ signed: { body } }) => body.vector === hashBytes(vectorOf(101)))).toEqual([]);
  });

  it.each(['prepared', 'locked'])('that lists strangers and names second updates without end pushes out nothing of a record %s', (how) => {
    const core = holder();
    const [last] = updates.slice(-1);
    const locked = core.model([...updates.slice(0, -1), { by: last!.by, vector: vectorOf(99) }]);
    core
      .propose(M1, locked)
      .say(M1, core.update(last!.by, vectorOf(99)))
      .attest(M3, locked);
    const free = [M1, M2, M3].map((by) => core.change(by, 1));
    if (how === 'locked') {
      for (const by of [M2, M3]) core.vote(by, 'prepare', locked);
      core.propose(M2, core.skip(), 1, free);
    }
    const { prepared, lock } = core.s.agreement.ballot;
    expect([prepared?.value.kind, lock?.value]).toEqual(how === 'locked' ? ['skip', locked] : ['model', undefined]);
    for (let n = 1; n <= 20; n++) {
      const made = updates.map((_, i) => ({ by: strangers(8 * n + 8)[8 * n + i]!, vector: vectorOf(i) }));
      core.propose(M2, core.model(made), 1, free);
      const body = { t: 'open', ...core.slot, view: 1, state: core.s.head.record.state, members: made.map(({ by }) => by) } as const;
      if (n === 1) core.say(M2, { t: 'open', signed: signed(body, M2) });
      for (const { by, vector } of made) core.say(by, core.update(by, vector));
      const twins = made.map(({ by }, i) => ({ by, vector: vectorOf(100 * n + i) }));
      core.propose(M2, core.model(twins), 1, free);
      for (const { by, vector } of twins) core.say(M2, core.update(by, vector));
    }
    expectBounded(core);
    expect(core.s.collect.updates.size).toBe(CONTRIBUTORS_MAX);
    const changes = [core.change(M1, 2, lockOf(locked, 0, [M0, M2, M3], [M3])), ...[M2, M3].map((by) => core.change(by, 2))];
    const verdict = () => judge(core.propose(M3, locked, 2, changes).s, locked, null);
    expect(verdict()).toBe('valid');
    core.restart();
    expect(verdict()).toBe('valid');
  });

  it('that lists as many strangers as a seat has room for leaves room for what the next leader proposes', () => {
    const core = new Core(configOf(M0, SEATS, 1, { maxContributors: CONTRIBUTORS_MAX })).input({ t: 'start' }).peers(M1, M2, M3);
    const members = strangers(CONTRIBUTORS_MAX);
    const body = { t: 'open', ...core.slot, view: 0, state: core.s.head.record.state, members } as const;
    core.say(M1, { t: 'open', signed: signed(body, M1) });
    members.forEach((by, i) => core.say(by, core.update(by, vectorOf(i))));
    expect(core.s.collect.updates.size).toBe(CONTRIBUTORS_MAX);
    const made = [A, B].map((by, i) => ({ by, vector: vectorOf(i) }));
    const model = core.model(made);
    core.propose(
      M2,
      model,
      1,
      [M1, M2, M3].map((by) => core.change(by, 1)),
    );
    for (const { by, vector } of made) core.say(M2, core.update(by, vector));
    expect(judge(core.s, model, null)).toBe('valid');
    expectBounded(core);
  });

  it('that changes views without end moves nobody and is kept once', () => {
    const core = holder();
    for (let view = 1; view < 2000; view++) core.say(M1, core.change(M1, view));
    expectBounded(core);
    expect(core.s.agreement.ballot.view).toBe(0);
  });

  it('whose changes all carry another locked record is kept to the bodies of one slot', () => {
    const core = holder();
    for (let i = 0; i < 100; i++) {
      const record = { ...core.skip(), kernel: `k${i}` };
      core.say(M1, core.change(M1, i + 1, lockOf(record, 0, [M1, M2, M3], [])));
    }
    expectBounded(core);
  });
});

it('a record of group sums, which nobody here can judge, is neither looked at nor taken, and its sender is told why', () => {
  const core = new Core(configOf(M0, SEATS, 1)).input({ t: 'start' }).peers(M1, M2, M3);
  const sum = { kind: 'group-sum', group: 0, attempt: 0, members: 4, vector: hashBytes(vectorOf(1)), senders: 4, root: FED } as const;
  const record: RecordBody = { ...core.skip(), kind: 'model', stateRound: 1, models: 1, contributions: [sum] };
  const lock = lockOf(record, 0, [M1, M2, M3], [M1]);
  const certified = { record, commits: lock.prepares, attests: lock.attests };
  const body = signed({ t: 'propose', ...core.slot, view: 0, record: idOf(record) }, M1);
  core.take();
  for (const message of [
    { t: 'propose', signed: body, record, changes: [] },
    { t: 'record', certified },
    core.change(M1, 1, lock),
  ] satisfies RoundMessage[]) {
    expect(isRelevant(core.s, message)).toBe(false);
    expect(refusalTo(core.s, message)).toMatchObject({
      code: 'field-invalid',
      detail: { field: 'contributions.kind', expected: 'update', got: 'group-sum' },
    });
    core.say(M1, message).attest(M1, record);
  }
  expect(core.sent('vote')).toEqual([]);
  expect(core.s.head.record.round).toBe(0);
  expect(refusalTo(core.s, core.change(M1, 1))).toBeNull();
});

describe('a lying leader', () => {
  it('costs a member a few computations in a view, not one for each proposal', () => {
    const core = new Core(configOf(A, [R], 0)).input({ t: 'start' }).peers(R, B);
    const updates = [A, B, ...strangers(6)].map((by, i) => ({ by, vector: vectorOf(i) }));
    core.asked(...updates.map((u) => u.by));
    for (const { by, vector } of updates) core.say(by, core.update(by, vector));
    core.take();
    for (let n = 0; n < 64; n++) core.propose(R, core.model(updates.filter((_, i) => i < 2 || ((n >> (i - 2)) & 1) === 1)));
    expect(core.effects.filter((e) => e.t === 'aggregate')).toHaveLength(COMPUTES_PER_VIEW_MAX);
    expectBounded(core);
  });

  it('that lists members far ahead of its turn is not followed there', () => {
    const core = new Core(configOf(A, [R], 0)).input({ t: 'start' }).peers(R, B);
    core.say(R, {
      t: 'open',
      signed: signed({ t: 'open', ...core.slot, view: 2 ** 40, state: core.s.head.record.state, members: [A, B] }, R),
    });
    expect(core.s.slot.open).toBeNull();
  });
});
