/** Both machines together, honest and with a leader and members that crash and fall asleep: the sum is the plain sum, bit for bit. */
import { describe, expect, it } from 'vitest';
import { idOf, type PeerId } from '../identity.ts';
import { withoutDisputes } from './carrier-setup.ts';
import { signaturesIn } from './messages.ts';
import { Mesh, namesOf } from './testing/mesh.ts';
import type { MemberShell } from './testing/shells.ts';

const GROUP = { size: 6, colluders: 1, honest: 2 };
const [a, b] = namesOf(6) as [PeerId, PeerId];
const STEPS = ['deal', 'ready', 'masked', 'consistent', 'unmask'] as const;

/** One payment, one lot and one masked vector in a context, whatever happened. */
function expectOnce(member: MemberShell, mesh: Mesh): void {
  expect(member.spent.reserved.length).toBeLessThanOrEqual(1);
  expect(member.spent.lots.length).toBeLessThanOrEqual(member.spent.reserved.length);
  const bodies = (t: string) => {
    const own = mesh.sent.map(({ message }) => message).flatMap((message) => (message.t === t ? signaturesIn(message) : []));
    return own.filter(({ by }) => by === member.id).map(({ body }) => idOf(body));
  };
  for (const t of STEPS) expect(new Set(bodies(t)).size, t).toBeLessThanOrEqual(1);
}

describe('a group', () => {
  it('sums exactly with everybody awake, in every size', () => {
    for (const group of [
      { size: 4, colluders: 1, honest: 2 },
      GROUP,
      { size: 8, colluders: 1, honest: 4 },
      { size: 12, colluders: 2, honest: 6 },
    ]) {
      const { sums } = new Mesh(group, 1).run();
      expect(sums!.members.length).toBe(group.size);
      expect(sums!.found).toEqual(sums!.expected);
    }
  });

  it('sums exactly whoever falls asleep at whatever step, as long as t are left', () => {
    const names = namesOf(6);
    const pairs = names.flatMap((first, i) => STEPS.map((step) => [first, step, names[(i + 2) % 6]!] as const));
    for (const [first, step, second] of pairs) {
      for (const other of first === a ? STEPS : STEPS.slice(2, 3)) {
        const { sums } = new Mesh(GROUP, 7, new Map([[first, step] as const, [second, other] as const])).run();
        const summed = [step, other].filter((t) => t === 'consistent' || t === 'unmask').length;
        expect(sums!.members.length, `${step} ${other}`).toBe(4 + summed);
        expect(sums!.found, `${step} ${other}`).toEqual(sums!.expected);
      }
    }
  });

  it.each(STEPS)('has no sum if fewer than t are left at %s, and nobody opens anything', (step) => {
    const names = namesOf(6).slice(0, 3);
    const mesh = new Mesh(GROUP, 3, new Map(names.map((name) => [name, step]))).run();
    expect(mesh.sums).toBeNull();
    const isPaid = step !== 'deal' && step !== 'ready';
    const stage = { deal: 'dealing', ready: 'checking', masked: 'masking', consistent: 'agreeing', unmask: 'unmasking' }[step];
    expect(mesh.carrier.events).toEqual([{ t: 'failed', context: mesh.context, stage, isPaid }]);
    const answered = mesh.sent.filter(({ message }) => message.t === 'unmask').map(({ from }) => from);
    expect(new Set(answered).size).toBe(step === 'unmask' ? 3 : 0);
  });

  it('goes on when a member crashes before or after any of its writes', () => {
    const moments = new Mesh(GROUP, 5).run().members.get(a)!.disk.moments;
    expect(moments).toBe(2 * 7); // entered, dealt, ready, begun, masked, signed, answered
    for (let moment = 0; moment < moments; moment++) {
      const mesh = new Mesh(GROUP, 5);
      const member = mesh.members.get(a)!;
      member.disk.crashAt = moment;
      const { sums } = mesh.run();
      expect(member.restarts, `moment ${moment}`).toBe(1);
      expect(sums!.found, `moment ${moment}`).toEqual(sums!.expected);
      expect(sums!.members.length, `moment ${moment}`).toBeGreaterThanOrEqual(5);
      expectOnce(member, mesh);
      // Where a lot may have been drawn the attempt is over for this member; elsewhere it goes on.
      const isOut = [0, 7, 8].includes(moment);
      expect(sums!.members.includes(a), `moment ${moment}`).toBe(!isOut);
      const burnt = member.spent.events.filter(({ t }) => t === 'burnt');
      expect(burnt, `moment ${moment}`).toEqual(moment === 7 || moment === 8 ? [{ t: 'burnt', context: mesh.context, isPaid: true }] : []);
    }
  });

  it('goes on when the leader crashes before or after any of its writes', () => {
    const moments = new Mesh(GROUP, 5).run().carrier.disk.moments;
    expect(moments).toBe(2 * (6 + 5)); // begun, each masked vector, survivors, fixed, agreed, sum
    for (let moment = 0; moment < moments; moment++) {
      const mesh = new Mesh(GROUP, 5);
      mesh.carrier.disk.crashAt = moment;
      const { sums } = mesh.run();
      expect(mesh.carrier.restarts, `moment ${moment}`).toBe(1);
      // Before the dealers are on disk nobody has paid, and members that are ready deal no second time. After the last write the sum is there.
      const lost = { 0: 'failed', [moments - 1]: 'summed' }[moment];
      expect([mesh.carrier.state.stage, sums === null], `moment ${moment}`).toEqual([lost ?? 'summed', lost !== undefined]);
      expect(sums?.found, `moment ${moment}`).toEqual(sums?.expected);
      const isPaid = mesh.carrier.events.some((event) => event.t === 'failed' && event.isPaid);
      expect(isPaid, `moment ${moment}`).toBe(false);
      for (const member of mesh.members.values()) expectOnce(member, mesh);
    }
  });
});

describe('complaints', () => {
  const complaining = (complaints: Record<string, readonly PeerId[]>) =>
    withoutDisputes(namesOf(6), new Map(namesOf(6).map((name) => [name, { complaints: complaints[name] ?? [] }])));

  it('take out both sides once', () => {
    expect([...complaining({ [a]: [b] })]).toEqual(namesOf(6).slice(2));
    expect([...complaining({ [a]: namesOf(6).slice(1) })]).toEqual(namesOf(6).slice(2));
    const [, , ...honest] = namesOf(6);
    // A bad dealer of whom everybody complains takes one along, not all.
    expect(complaining(Object.fromEntries([a, ...honest].map((name) => [name, [b]]))).size).toBe(4);
  });

  it('leave nobody who complains of somebody left', () => {
    const all = complaining(Object.fromEntries(namesOf(6).map((name) => [name, namesOf(6).filter((other) => other !== name)])));
    expect(all.size).toBe(0);
  });
});
