/** Who is listed and how long a leader waits: strangers and silent members may take a share of places and of time, not all of it. */
import { describe, expect, it } from 'vitest';
import type { PeerId } from '../identity.ts';
import { KNOWN_MAX, SILENT_ROUNDS_MAX } from '../limits.ts';
import { configOf, Core, id, vectorOf } from './core.fixture.ts';
import { membersOf, updatesIn } from './record.ts';
import { isRelevant } from './signatures.ts';
import { isKnown, windowMs } from './standing.ts';

const R = id('relay');
const [A, B, C] = [id('a'), id('b'), id('c')];
const names = (kind: string, count: number): PeerId[] => Array.from({ length: count }, (_, i) => id(`${kind}${i}`));

/** A home seat that leads; steps of its clock are 1/1024, 1/512, … of the deadline. */
class Seat extends Core {
  ms = 0;
  /** Milliseconds of all slots so far. */
  spent = 0;

  constructor(changes = {}) {
    super(configOf(R, [R], 0, { deadlineMs: 16_000, maxContributors: 8, ...changes }));
    this.input({ t: 'start' });
  }

  get list(): readonly PeerId[] {
    return this.s.slot.open?.body.members ?? [];
  }

  /** All of these are here and join; the list is made at once or when the window closes. */
  call(...joining: readonly PeerId[]): this {
    this.peers(...joining, ...this.away);
    // Those of the last round come last: then the list is made.
    for (const by of [...joining].sort((a, b) => Number(this.s.standing.expected.has(a)) - Number(this.s.standing.expected.has(b))))
      this.join(by);
    const isClosing = this.s.slot.open === null;
    this.windowMs = isClosing ? windowMs(this.s) : 0;
    if (isClosing) this.input({ t: 'timer', id: 'open' });
    if (this.s.slot.open === null && this.s.slot.isExtended) {
      this.windowMs = windowMs(this.s);
      this.input({ t: 'timer', id: 'open' });
    }
    this.ms = 0;
    return this;
  }
  away: PeerId[] = [];
  /** What the list waited for joins, where it did. */
  windowMs = 0;

  /** Lets time pass until a proposal or until then. */
  wait(ms: number): this {
    for (;;) {
      const { step } = this.s.slot;
      const next = step > 10 ? Infinity : 16_000 / 2 ** (10 - step);
      if (this.s.agreement.proposed !== null || next > ms) break;
      this.ms = next;
      this.input({ t: 'timer', id: 'step' });
    }
    if (this.s.agreement.proposed !== null) return this;
    this.ms = ms;
    return ms >= 16_000 ? this.input({ t: 'timer', id: 'deadline' }) : this;
  }

  deliver(...by: readonly PeerId[]): this {
    for (const one of by) if (this.list.includes(one)) this.say(one, this.update(one, vectorOf(this.s.slot.round)));
    return this;
  }

  /** A whole slot, in which those who `deliver` do it after `tookMs`. */
  slotOf(
    joining: readonly PeerId[],
    deliver: readonly PeerId[],
    tookMs = 100,
    decide: (attest: () => unknown) => unknown = (attest) => attest(),
  ): { list: readonly PeerId[]; model: readonly PeerId[]; ms: number } {
    this.call(...joining);
    const { list } = this;
    this.wait(tookMs)
      .deliver(...deliver)
      .wait(16_000);
    this.spent += this.ms;
    const { ms } = this;
    const proposed = this.s.agreement.proposed;
    if (proposed === null) return { list, model: [], ms }; // a skip needs nobody's word, and is decided
    decide(() => this.attest(updatesIn(proposed.value)[0]!.member, proposed.value));
    return { list, model: membersOf(proposed.value), ms };
  }
}

describe('a member that is listed and silent', () => {
  it('is waited for once to the deadline, then sits out 1, 2, 4 rounds and more, up to a bound', () => {
    const seat = new Seat();
    const first = seat.slotOf([A, B, C], [A, B]);
    expect(first).toMatchObject({ list: [A, B, C], model: [A, B], ms: 16_000 });
    const listedIn: number[] = [];
    for (let round = 2; round < 400; round++) if (seat.slotOf([A, B, C], [A, B], 1000).list.includes(C)) listedIn.push(round);
    const gaps = listedIn.map((round, i) => round - (listedIn[i - 1] ?? 1) - 1);
    expect(gaps.slice(0, 3).every((gap, i) => gap >= 2 ** i)).toBe(true);
    expect(gaps.at(-1)).toBe(SILENT_ROUNDS_MAX);
  });

  it('costs a small part of the time, whoever it is: one key, known or not, or always new ones', () => {
    const honest = 200 * 250;
    const rounds = (joining: (round: number) => PeerId[], deliver: (round: number) => PeerId[]): number => {
      const seat = new Seat();
      for (let round = 1; round <= 200; round++) {
        const others = round === 1 ? [] : joining(round); // before anybody has contributed, all draw lots
        const { model } = seat.slotOf([A, B, ...others], [A, B, ...deliver(round)], 250);
        expect(model).toEqual(expect.arrayContaining([A, B]));
      }
      return seat.spent;
    };
    // The first wait is to the deadline, and is given to everybody.
    const most = 16_000 + honest / 0.7;
    expect(
      rounds(
        () => [],
        () => [],
      ),
    ).toBe(honest);
    expect(
      rounds(
        () => [C],
        () => [],
      ),
    ).toBeLessThan(most);
    expect(
      rounds(
        () => [C],
        (round) => (round < 5 ? [C] : []),
      ),
    ).toBeLessThan(most);
    expect(
      rounds(
        () => [C],
        (round) => (round % 2 === 0 ? [C] : []),
      ),
    ).toBeLessThan(most);
    expect(
      rounds(
        (round) => names(`new${round}-`, 40),
        () => [],
      ),
    ).toBeLessThan(most);
  });

  it('costs no more when it answers each time as soon as the round is over, with one key or with new ones', () => {
    for (const key of [() => C, (round: number) => id(`new${round}`)]) {
      const seat = new Seat();
      for (let round = 1; round <= 200; round++) {
        const liar = key(round);
        seat.slotOf(round === 1 ? [A, B] : [liar, A, B], [A, B], 250, (proposed) => {
          const late = seat.update(liar, vectorOf(round));
          proposed();
          for (let copy = 0; copy < 3; copy++) seat.say(liar, late);
        });
      }
      // One deadline is given to everybody, another to those who answer.
      expect(seat.spent).toBeLessThan(2 * 16_000 + (200 * 250) / 0.7);
    }
  });

  it('makes no list with others like it alone, however fast they join: proven members have the whole window', () => {
    const seat = new Seat({ joinWindowMs: 1500 });
    const liars = names('liar', 3);
    for (let round = 1; round <= 60; round++) {
      seat.slotOf(round === 1 ? [A, B] : [...liars, A, B], [A, B], 250, (proposed) => {
        const late = liars.map((liar) => seat.update(liar, vectorOf(round)));
        proposed();
        for (const [i, liar] of liars.entries()) seat.say(liar, late[i]!);
      });
    }
    seat.s.standing.credit = -16_000; // windows are short now
    expect(windowMs(seat.s)).toBeLessThan(500);
    seat.peers(A, B, ...liars);
    for (const liar of liars) seat.join(liar);
    seat.input({ t: 'timer', id: 'open' });
    expect(seat.s.slot.open).toBeNull();
    seat.join(A);
    expect(seat.s.slot.open).toBeNull();
    seat.join(B);
    expect(seat.list).toEqual(expect.arrayContaining([A, B]));
  });

  it('costs no more when it has contributed and does not join: windows are paid for as well, and nobody is shut out for an absence', () => {
    const seat = new Seat({ joinWindowMs: 1500 });
    const idle = names('i', 3);
    seat.slotOf([A, B, C, ...idle], [A, B, C, ...idle]);
    let [waited, withC] = [0, 0];
    for (let round = 0; round < 300; round++) {
      seat.away = [...idle, C];
      const joining = [A, B, ...(round === 100 ? [] : [C]), ...idle.filter((_, i) => i !== round % 3)];
      const { list } = seat.slotOf(joining, joining, 250);
      waited += seat.windowMs;
      if (list.includes(C)) withC++;
      expect(seat.s.standing.credit).toBeGreaterThanOrEqual(-2 * 16_000);
    }
    expect(waited).toBeLessThan(2 * 16_000 + (300 * 250 * 0.3) / 0.7);
    expect(withC).toBeGreaterThan(280);
    expect(seat.slotOf([A, B, C], [A, B, C]).list).toContain(C);
  });

  it('is forgiven once it delivers again, and is listed where too few are there without it', () => {
    const seat = new Seat();
    seat.slotOf([A, B, C], [A, B, C]);
    seat.slotOf([A, B, C], [A, B]);
    expect(seat.slotOf([A, B, C], [A, B]).list).toEqual([A, B]);
    expect(seat.slotOf([A, B, C], [A, B, C]).list).toEqual([A, B, C]);
    for (let round = 0; round < 4; round++) seat.slotOf([A, B, C], [A, B, C]);
    expect(seat.s.standing.silent.size).toBe(0);
    seat.slotOf([A, B, C], [A, B]);
    expect(seat.slotOf([A, C], [A, C])).toMatchObject({ list: [A, C], model: [A, C] });
  });
});

describe('a slow member', () => {
  it('that takes four fifths of the deadline is waited for, in its first round and in every other', () => {
    const seat = new Seat();
    seat.slotOf([A, B], [A, B]);
    for (let round = 0; round < 10; round++) {
      seat.call(A, B, C).wait(50).deliver(A, B).wait(12_800);
      expect(seat.s.agreement.proposed, `round ${round}`).toBeNull();
      seat.deliver(C);
      const { value: record } = seat.s.agreement.proposed!;
      expect(membersOf(record)).toEqual([A, B, C]);
      seat.attest(A, record);
    }
  });

  it('that was not waited for shows by its late update that it answers, and gets the whole deadline next time', () => {
    const seat = new Seat();
    for (let round = 0; round < 3; round++) seat.slotOf([A, B], [A, B]);
    seat.s.standing.credit = 1;
    seat.call(A, B, C).wait(50).deliver(A, B);
    const late = seat.update(C, vectorOf(7));
    seat.wait(16_000);
    expect(seat.ms).toBeLessThan(4000);
    seat.attest(A, seat.s.agreement.proposed!.value);
    expect(isRelevant(seat.s, late)).toBe(true);
    expect(isRelevant(seat.s, { ...late, signed: { ...late.signed, by: id('x') } })).toBe(false);
    seat.say(C, late);
    expect(seat.sent('refuse').map((r) => r.message.code)).toEqual(['stale']);
    expect(seat.s.collect.updates.size).toBe(0);
    seat.s.standing.credit = 1;
    seat.call(A, B, C);
    expect(seat.list).toContain(C);
    seat.wait(50).deliver(A, B).wait(12_800);
    expect(seat.s.agreement.proposed).toBeNull();
    seat.deliver(C);
    expect(updatesIn(seat.s.agreement.proposed!.value)).toHaveLength(3);
  });
});

it('a newcomer whose first update came late is listed again before keys that have waited since', () => {
  const seat = new Seat();
  const [known, strangers] = [names('k', 8), names('s', 40)];
  seat.slotOf(known, known);
  seat.s.standing.credit = 1;
  seat
    .call(...known, A)
    .wait(50)
    .deliver(...known);
  const late = seat.update(A, vectorOf(7));
  seat.wait(1000);
  const { value: record } = seat.s.agreement.proposed!;
  seat.attest(updatesIn(record)[0]!.member, record).say(A, late);
  seat.s.standing.credit = -1; // no time is left for silence, but some for who answers
  expect(seat.call(...strangers, ...known, A).list).toContain(A);
  seat.deliver(...known).wait(6000);
  expect(seat.s.agreement.proposed).toBeNull();
  seat.deliver(A).wait(2000);
  expect(membersOf(seat.s.agreement.proposed!.value)).toContain(A);
});

it('a newcomer has the time that known ones take when silence has cost too much, and no list is late for its sake', () => {
  const seat = new Seat();
  const known = names('k', 6);
  seat.slotOf(known, known);
  seat.s.standing.credit = -1;
  seat.call(...known, A, B);
  expect(seat.list).toEqual([...known, A, B].sort());
  seat.deliver(A, ...known);
  expect(membersOf(seat.s.agreement.proposed!.value)).toEqual([A, ...known].sort());
});

describe('a list', () => {
  it('is shared by all while nobody has contributed, and by lot', () => {
    const seat = new Seat();
    const all = names('m', 40);
    seat.call(...all);
    expect(seat.list).toHaveLength(8);
    expect(seat.list).not.toEqual([...all].sort().slice(0, 8));
    const other = new Seat({ salt: 'other' }).call(...all);
    expect(other.list).not.toEqual(seat.list);
  });

  it('has a quarter of its places for new keys once enough have contributed, and waits for no more of them than time allows', () => {
    const seat = new Seat();
    const known = names('k', 8);
    seat.slotOf(known, known);
    const sybils = names('s', 40);
    const { list, model } = seat.slotOf([...sybils, ...known], known);
    expect(list).toHaveLength(8);
    expect(list.filter((one) => known.includes(one))).toHaveLength(6);
    expect(model).toHaveLength(6);
    for (let round = 0; round < 20; round++) {
      const next = seat.slotOf([...sybils, ...known], known, 50);
      expect(next.list.filter((one) => known.includes(one)).length).toBeGreaterThanOrEqual(6);
      expect(next.ms).toBeLessThan(4000);
    }
  });

  it('takes in newcomers that deliver: all while there is room, else a quarter of the places at a time', () => {
    const sizes = (many: readonly PeerId[]) => {
      const seat = new Seat();
      const few = names('k', 4);
      seat.slotOf(few, few);
      return [0, 1, 2].map(() => seat.slotOf([...few, ...many], [...few, ...many]).model.length);
    };
    expect(sizes(names('n', 4))).toEqual([8, 8, 8]);
    expect(sizes(names('n', 10))).toEqual([6, 8, 8]);
  });

  it('comes to a newcomer that stays, whatever number of keys come anew each round', () => {
    const seat = new Seat();
    const known = names('k', 8);
    seat.slotOf(known, known);
    let invitations = 0;
    for (let round = 0; round < 60; round++) {
      const { list } = seat.slotOf([...names(`s${round}-`, 40), ...known, A], [...known, A], 100);
      if (list.some((one) => !known.includes(one))) invitations++;
      if (list.includes(A)) break;
    }
    expect(isKnown(seat.s, A)).toBe(true);
    expect(invitations).toBeLessThanOrEqual(2);
  });

  it('keeps the joins of those who have contributed, however many strangers come first', () => {
    const seat = new Seat();
    seat.slotOf([A, B], [A, B]);
    const strangers = names('s', 400);
    seat.peers(A, B, ...strangers);
    for (const by of strangers) seat.join(by);
    seat.join(A).join(B).input({ t: 'timer', id: 'open' });
    expect(seat.list).toEqual(expect.arrayContaining([A, B]));
  });

  it('is not held open for strangers that joined before and are silent now', () => {
    const seat = new Seat();
    seat.slotOf([A, B], [A, B]);
    seat.s.standing.credit = 0;
    const strangers = names('s', 5);
    seat.away = strangers;
    seat.call(A, B);
    for (const by of strangers) seat.join(by);
    seat.deliver(A, B).attest(A, seat.s.agreement.proposed!.value);
    expect(strangers.every((by) => seat.s.standing.expected.has(by))).toBe(true);
    seat.join(A).join(B);
    expect(seat.list).toEqual([A, B]);
  });
});

describe('known members', () => {
  it('are those of certified models, are kept over a restart, and are bounded: the least recent go first', () => {
    const seat = new Seat();
    seat.slotOf([A, B, C], [A, B]);
    expect([A, B, C].map((one) => isKnown(seat.s, one))).toEqual([true, true, false]);
    seat.restart();
    expect([A, B, C].map((one) => isKnown(seat.s, one))).toEqual([true, true, false]);
    for (const one of names('k', KNOWN_MAX)) seat.s.standing.known.set(one, 0);
    seat.slotOf([A, C], [A, C]);
    expect(seat.s.standing.known.size).toBe(KNOWN_MAX);
    expect([A, B, C].map((one) => isKnown(seat.s, one))).toEqual([true, false, true]);
  });
});
