/** The rules of an agreement one by one, on one seat under a test's hands. Values are words; each needs somebody's evidence. */
import { describe, expect, it } from 'vitest';
import type { Hash } from '../codec.ts';
import type { PeerId, Signed } from '../identity.ts';
import { BODIES_PER_SLOT_MAX, VIEW_AHEAD_MAX, VIEW_DOUBLINGS_MAX } from '../limits.ts';
import { startViewTimer } from './ballot.ts';
import { hasQuorum, isSameSlot } from './certificate.ts';
import type { AgreementDraft, Ballot, ChangeBody, Lock, Slot, ViewChange, VoteBody } from './messages.ts';
import { onProposal, propose, reconsider, repeat, resume } from './proposal.ts';
import { newAgreement, restoreAgreement, VIEWS_KEPT, type Agreement } from './state.ts';
import { allowedBy, isViewChange, onChange, onViewTimer } from './view-change.ts';
import { onVote, recount } from './voting.ts';
import { idOf, seatId } from './words.fixture.ts';

const SEATS = [0, 1, 2, 3].map(seatId);
/** In slot 4 the seat of a number leads the view of that number, and every fourth after it. */
const [S0, S1, S2, S3] = SEATS as [PeerId, PeerId, PeerId, PeerId];
const PLACE: Slot = { fed: 'F'.repeat(43) as Hash, epoch: 0, round: 4 };
const sealed = <B extends { readonly t: string }>(body: B, by: PeerId): Signed<B> => ({ body, by, sig: new Uint8Array(64) });
const vote = (by: PeerId, t: 'prepare' | 'commit', word: string, view = 0): Signed<VoteBody> =>
  sealed({ t, ...PLACE, view, record: idOf(word) }, by);
const lockOn = (value: string, view = 0, seats = [S1, S2, S3]): Lock<string, string> => ({
  view,
  value,
  prepares: seats.map((by) => vote(by, 'prepare', value, view)),
  evidence: [value],
});
function change(by: PeerId, view: number, lock: Lock<string, string> | null = null): ViewChange<string, string> {
  const named = lock && { view: lock.view, record: idOf(lock.value) };
  return { signed: sealed<ChangeBody>({ t: 'change', ...PLACE, view, lock: named }, by), lock };
}
const changesTo = (view: number, lock: Lock<string, string> | null = null) =>
  [S1, S2, S3].map((by, i) => change(by, view, i === 0 ? lock : null));

class Hand {
  readonly a: Agreement<string, string>;
  /** What the agreement asked and did, in order; `take` empties it. */
  said: string[] = [];
  verdict: 'valid' | 'waiting' | 'invalid' = 'valid';
  readonly evidence = new Set<string>();

  constructor(self: PeerId, ballot?: Ballot<string, string>) {
    const say = (...words: unknown[]) => void this.said.push(words.join(' '));
    const nameOf = (draft: AgreementDraft<string, string>) =>
      draft.t === 'vote' ? draft.body.t : draft.t === 'propose' ? `propose ${draft.value}` : `change ${draft.lock?.value ?? 'free'}`;
    this.a = {
      config: { fed: PLACE.fed, epoch: 0, self, seats: SEATS, f: 1, quorum: 3, takeoverMs: 400 },
      state: ballot === undefined ? newAgreement(PLACE.round) : restoreAgreement(PLACE.round, ballot, idOf),
      caller: {
        idOf,
        judge: (word, source) => (say('judge', word, source === null ? '-' : source.slice(0, 5)), this.verdict),
        isProven: (word, list) => list.includes(word),
        evidenceFor: (id) => [...this.evidence].filter((word) => idOf(word) === id),
        keepEvidence: (list) => list.forEach((word) => this.evidence.add(word)),
        confirm: (word) => say('confirm', word),
        forget: (id) => say('forget', id),
        entered: (view) => say('entered', view),
        lacks: (from) => say('lacks', from.slice(0, 5)),
        persist: () => say('persist'),
        send: (_, draft) => say(nameOf(draft), draft.body.view),
        startTimer: (ms) => say('timer', ms),
      },
    };
  }

  /** Drops what was said so far but for these. */
  take(...kinds: readonly string[]): string[] {
    const { said } = this;
    this.said = [];
    return said.filter((line) => kinds.includes(line.split(' ')[0]!));
  }

  propose(by: PeerId, value: string, view = 0, changes: readonly ViewChange<string, string>[] = []) {
    return onProposal(this.a, { signed: sealed({ t: 'propose', ...PLACE, view, record: idOf(value) }, by), value, changes });
  }

  /** Votes with their evidence. */
  votes(t: 'prepare' | 'commit', word: string, view: number, ...seats: readonly PeerId[]) {
    return seats.map((by) => onVote(this.a, by, vote(by, t, word, view), [word])).at(-1)!;
  }

  changes(view: number, ...seats: readonly PeerId[]): boolean {
    return seats.map((by) => onChange(this.a, change(by, view))).at(-1)!;
  }
}

describe('votes', () => {
  it('count for the value that they name, in a slot, a view and a phase, and a seat counts once', () => {
    const good = [S1, S2, S3].map((by) => vote(by, 'prepare', 'w'));
    const counts = (votes: readonly Signed<VoteBody>[]) => hasQuorum({ seats: SEATS, quorum: 3 }, votes, good[0]!.body);
    expect([counts(good), counts(good.slice(1)), counts([...good.slice(1), good[1]!])]).toEqual([true, false, false]);
    const others: Partial<VoteBody>[] = [
      { t: 'commit' },
      { view: 1 },
      { record: idOf('x') },
      { fed: idOf('x') },
      { epoch: 1 },
      { round: 5 },
    ];
    for (const other of others) {
      expect(counts([...good.slice(1), sealed({ ...good[0]!.body, ...other }, S1)]), Object.keys(other)[0]).toBe(false);
    }
    expect(counts([...good.slice(1), { ...good[0]!, by: seatId(9) }])).toBe(false);
    for (const other of [{ fed: idOf('x') }, { epoch: 1 }, { round: 5 }]) expect(isSameSlot(PLACE, { ...PLACE, ...other })).toBe(false);
  });

  it('for two values make neither a lock', () => {
    const hand = new Hand(S3);
    hand.propose(S0, 'w');
    hand.propose(S0, 'x');
    hand.votes('prepare', 'w', 0, S0);
    hand.votes('prepare', 'x', 0, S1, S2);
    expect(hand.a.state.ballot.lock).toBeNull();
    expect(hand.votes('commit', 'w', 0, S0, S1)).toBeNull();
    expect(hand.votes('commit', 'x', 0, S2)).toBeNull();
  });

  it('lock and certify nothing that lacks its evidence, until it comes', () => {
    const hand = new Hand(S3);
    hand.propose(S0, 'w');
    for (const by of [S0, S1, S2]) expect(onVote(hand.a, by, vote(by, 'prepare', 'w'), [])).toBeNull();
    for (const by of [S0, S1, S2]) expect(onVote(hand.a, by, vote(by, 'commit', 'w'), [])).toBeNull();
    expect(hand.take('persist', 'prepare', 'commit')).toEqual([]);
    hand.evidence.add('w');
    expect(recount(hand.a)?.value).toBe('w');
    expect(hand.take('persist', 'commit')).toEqual(['persist', 'commit 0']);
  });

  it('bring their evidence, and are no lock in a view that this seat has left', () => {
    const hand = new Hand(S3);
    hand.propose(S0, 'w');
    hand.changes(2, S0, S1);
    hand.take();
    hand.votes('prepare', 'w', 0, S0, S1, S2);
    expect(hand.evidence.has('w')).toBe(true);
    expect([hand.a.state.ballot.lock, hand.take('commit')]).toEqual([null, []]);
  });

  it('that lock a later view take this seat there, whose timer runs', () => {
    const hand = new Hand(S3);
    hand.propose(S0, 'w');
    hand.take();
    hand.votes('prepare', 'w', 5, S0, S1, S2);
    expect(hand.a.state.ballot).toMatchObject({ view: 5, lock: { view: 5 }, committed: { view: 5 } });
    expect(hand.take('entered', 'timer', 'commit')).toEqual(['entered 5', 'timer 800', 'commit 5']);
  });

  it('of views long past and far ahead are not kept', () => {
    const hand = new Hand(S3);
    hand.votes('prepare', 'w', 0, S0);
    hand.votes('prepare', 'w', VIEWS_KEPT + 1, S0);
    expect([...hand.a.state.votes.keys()]).toEqual(['prepare:0']);
    hand.changes(40, S0, S1);
    hand.votes('prepare', 'w', 40 - VIEWS_KEPT - 1, S0);
    hand.votes('commit', 'w', 40 - VIEWS_KEPT, S0);
    expect([...hand.a.state.votes.keys()]).toEqual([`commit:${40 - VIEWS_KEPT}`]);
  });
});

describe('proposals', () => {
  it('of views that this seat has left, or far ahead, are not taken', () => {
    const hand = new Hand(S3);
    hand.changes(2, S0, S1);
    const far = 4 * VIEW_AHEAD_MAX;
    hand.propose(S0, 'w');
    hand.propose(S0, 'w', far, changesTo(far));
    expect([hand.a.state.proposals.size, hand.a.state.ballot.view]).toEqual([0, 2]);
  });

  it('of a later view bring their changes and start its timer; old ones are forgotten', () => {
    const hand = new Hand(S3);
    for (let view = 1; view <= 60; view++) hand.propose(SEATS[view % 4]!, 'w', view, changesTo(view));
    expect(hand.take('timer')).toHaveLength(60);
    expect([...hand.a.state.changes.values()].map(({ signed }) => signed.body.view)).toEqual([60, 60, 60]);
    expect(hand.a.state.proposals.size).toBe(VIEWS_KEPT + 1);
  });

  it('are judged with their leader to ask, a leader does not ask itself, and who hears one again confirms it again', () => {
    const hand = new Hand(S3);
    hand.propose(S0, 'w');
    hand.propose(S0, 'w');
    reconsider(hand.a);
    expect(hand.take('judge', 'confirm')).toEqual(['judge w seat0', 'confirm w', 'judge w seat0', 'confirm w', 'judge w -']);
    const leader = new Hand(S0);
    leader.propose(S0, 'w');
    expect(leader.take('judge')).toEqual(['judge w -']);
  });

  it.each(['waiting', 'invalid'] as const)('that are %s are neither confirmed nor prepared', (verdict) => {
    const hand = new Hand(S3);
    hand.evidence.add('w');
    hand.verdict = verdict;
    hand.propose(S0, 'w');
    expect(hand.take('confirm', 'persist', 'prepare')).toEqual([]);
  });

  it('that come after their votes are decided at once', () => {
    const hand = new Hand(S3);
    expect(hand.votes('commit', 'w', 0, S0, S1, S2)).toBeNull();
    expect(hand.take('lacks')).toEqual(['lacks seat0', 'lacks seat1', 'lacks seat2']);
    expect(hand.propose(S0, 'w')).toMatchObject({ value: 'w', commits: [{ by: S0 }, { by: S1 }, { by: S2 }] });
  });

  it('of a later view need a quorum of changes, and name the lock that these show', () => {
    const leader = new Hand(S1);
    onChange(leader.a, change(S0, 1));
    onChange(leader.a, change(S2, 1));
    onChange(leader.a, change(S3, 2)); // of another view
    expect(leader.a.state.ballot.view).toBe(1);
    propose(leader.a, 'own');
    expect(leader.take('propose')).toEqual([]);
    onChange(leader.a, change(S1, 1, lockOn('locked')));
    propose(leader.a, 'own');
    expect(leader.take('propose')).toEqual(['propose locked 1']);
  });

  it('are one a view: also after a restart, when the first one comes back', () => {
    const leader = new Hand(S1);
    leader.propose(S1, 'first', 1, changesTo(1));
    leader.take();
    propose(leader.a, 'second');
    expect(leader.take('propose')).toEqual([]);
  });

  it('that are full push out the oldest with all that was known of it, but not what was prepared, is locked or is open', () => {
    const hand = new Hand(S3);
    hand.evidence.add('prepared');
    const fill = (name: string) => {
      for (let i = 0; i < BODIES_PER_SLOT_MAX + 8; i++) hand.propose(S0, `${name}${i}`);
    };
    hand.propose(S0, 'prepared');
    fill('a');
    expect(hand.a.state.values.has(idOf('prepared'))).toBe(true);
    expect(hand.take('forget')[0]).toBe(`forget ${idOf('a0')}`);
    expect(hand.a.state.confirmed.has(idOf('a0'))).toBe(false);
    hand.votes('prepare', 'a39', 0, S0, S1, S2);
    hand.propose(S1, 'prepared', 1, changesTo(1));
    expect(hand.a.state.ballot).toMatchObject({ prepared: { view: 1 }, lock: { value: 'a39' } });
    hand.propose(S2, 'open', 2, changesTo(2));
    for (let view = 3; view < 60; view++) onChange(hand.a, change(S0, view, lockOn(`b${view}`)));
    for (const kept of ['prepared', 'a39', 'open']) expect(hand.a.state.values.has(idOf(kept)), kept).toBe(true);
    expect(hand.a.state.values.size).toBe(BODIES_PER_SLOT_MAX);
  });
});

describe('a change of view', () => {
  it('is whole when it is of a seat and this slot, and its lock is the one that it signed', () => {
    const { a } = new Hand(S0);
    const lock = lockOn('w');
    const good = change(S1, 2, lock);
    const { body } = good.signed;
    expect(isViewChange(a, good)).toBe(true);
    for (const other of [{ fed: idOf('x') }, { epoch: 1 }, { round: 5 }, { lock: null }, { lock: { view: 1, record: idOf('w') } }]) {
      expect(isViewChange(a, { ...good, signed: sealed({ ...body, ...other }, S1) }), JSON.stringify(other)).toBe(false);
    }
    expect(isViewChange(a, { ...good, signed: sealed({ ...body, lock: { view: 0, record: idOf('x') } }, S1) })).toBe(false);
    expect(isViewChange(a, { ...good, lock: null })).toBe(false);
    expect(isViewChange(a, { ...good, signed: sealed(body, seatId(9)) })).toBe(false);
    expect(isViewChange(a, change(S1, 0, lock))).toBe(false);
    expect(isViewChange(a, change(S1, 2, { ...lock, evidence: [] }))).toBe(false);
    expect(allowedBy(a, changesTo(1, lockOn('w', 0, [S1, S2])), 1)).toBeNull();
  });

  it('is kept once a seat, the latest, with the value that it locks', () => {
    const hand = new Hand(S0);
    for (const view of [3, 7, 5]) onChange(hand.a, change(S1, view, lockOn(`w${view}`)));
    expect([...hand.a.state.changes.values()].map(({ signed }) => signed.body.view)).toEqual([7]);
    expect([...hand.a.state.values.values()]).toEqual(['w3', 'w7', 'w5']);
    onChange(hand.a, change(S2, VIEW_AHEAD_MAX + 1));
    expect(hand.a.state.changes.size).toBe(1);
  });

  it('to the first view opens nothing, whoever sends it', () => {
    const leader = new Hand(S0);
    expect(leader.changes(0, S1, S2, S3)).toBe(false);
    expect(leader.take('timer')).toEqual([]);
  });

  it('is for its leader to answer, and once', () => {
    expect(new Hand(S3).changes(1, S0, S2)).toBe(false);
    const leader = new Hand(S1);
    expect(leader.changes(1, S0, S2)).toBe(true);
    leader.changes(1, S1);
    propose(leader.a, 'w');
    expect(leader.changes(1, S3)).toBe(false);
    expect(leader.changes(5, S0, S2)).toBe(true); // its next turn has no proposal yet
  });

  it('by the timer is durable before it is said, starts no other one, and the old timer means nothing', () => {
    const hand = new Hand(S3);
    onViewTimer(hand.a);
    expect(hand.said).toEqual([]);
    startViewTimer(hand.a, 1);
    onViewTimer(hand.a);
    onViewTimer(hand.a);
    expect(hand.take('persist', 'change', 'timer')).toEqual(['timer 401', 'persist', 'change free 1']);
  });

  it('starts the timer of a view once a quorum is in it or ahead, and once', () => {
    const hand = new Hand(S3);
    startViewTimer(hand.a, 1);
    onViewTimer(hand.a);
    hand.take();
    hand.changes(1, S3, S0);
    expect(hand.take('timer')).toEqual([]);
    hand.changes(7, S1);
    expect(hand.take('timer')).toEqual(['timer 400']);
    hand.changes(1, S2, S0);
    expect(hand.take('timer')).toEqual([]);
  });

  it('lasts twice as long after each turn of all seats, up to a limit', () => {
    const lengths = [0, 3, 4, 7, 8, 4 * VIEW_DOUBLINGS_MAX, 900].map((view) => {
      const hand = new Hand(S3, { view, prepared: null, committed: null, lock: null });
      startViewTimer(hand.a, 50);
      return hand.said[0];
    });
    expect(lengths).toEqual([450, 450, 850, 850, 1650, 25_650, 25_650].map((ms) => `timer ${ms}`));
  });

  it('is said again on every tick, with what was prepared in the open view and committed in any', () => {
    const ballot = { view: 1, prepared: { view: 0, value: 'w' }, committed: { view: 0, id: idOf('w') }, lock: lockOn('w') };
    const hand = new Hand(S3, ballot);
    repeat(hand.a);
    expect(hand.said).toEqual(['change w 1', 'commit 0']);
  });
});

describe('a restart', () => {
  const none = { view: 0, prepared: null, committed: null, lock: null };

  it('knows the values of its ballot', () => {
    const { state } = new Hand(S0, { ...none, view: 1, prepared: { view: 1, value: 'p' }, lock: lockOn('l') }).a;
    expect([...state.values]).toEqual([
      [idOf('p'), 'p'],
      [idOf('l'), 'l'],
    ]);
  });

  it('goes on with what it proposed in the first view, and nowhere else', () => {
    const resumed = (self: PeerId, ballot: Ballot<string, string>) => {
      const { a } = new Hand(self, ballot);
      return [resume(a), a.state.proposed?.value];
    };
    expect(resumed(S0, none)).toEqual([false, undefined]);
    expect(resumed(S0, { ...none, prepared: { view: 0, value: 'w' } })).toEqual([true, 'w']);
    expect(resumed(S3, { ...none, prepared: { view: 0, value: 'w' } })).toEqual([true, undefined]);
    expect(resumed(S1, { ...none, view: 1, prepared: { view: 1, value: 'w' } })).toEqual([true, undefined]);
    expect(resumed(S1, { ...none, view: 1 })).toEqual([true, undefined]);
  });
});
