/** What the leader takes from members, and when: nothing that does not fit, nothing late, and two bodies only to show them. */
import { describe, expect, it } from 'vitest';
import { hashBytes, type Hash } from '../codec.ts';
import type { PeerId } from '../identity.ts';
import { id } from '../round/core.fixture.ts';
import type { CommitmentBody, FromMember } from './messages.ts';
import { keptBits } from './survivors.ts';
import { Mesh, namesOf, RELAY } from './testing/mesh.ts';
import { sign } from './testing/shells.ts';

const GROUP = { size: 6, colluders: 1, honest: 2 };
const [a, b, c] = namesOf(6) as [PeerId, PeerId, PeerId];
const hash = (text: string): Hash => hashBytes(new TextEncoder().encode(text));
type Said<T extends FromMember['t']> = Extract<FromMember, { readonly t: T }>;

/** A leader that lacks this message of member a, and has everything before it; others are asleep, so that it waits. */
function before<T extends FromMember['t']>(t: T, seed = 11): { mesh: Mesh; said: Said<T> } {
  // Without a there are t - 1 answers.
  const asleep = t === 'unmask' ? [b, c] : [b];
  const mesh = new Mesh(GROUP, seed, new Map(asleep.map((member) => [member, t])));
  mesh.withholds = ({ from, message }) => from === a && message.t === t;
  mesh.begin();
  mesh.deliver();
  return { mesh, said: mesh.withheld[0]!.message as Said<T> };
}

function take(mesh: Mesh, message: FromMember, from: PeerId = a): void {
  mesh.carrier.input({ t: 'message', from, message });
}

describe('a deal', () => {
  const changed = (said: Said<'deal'>, body: Partial<Said<'deal'>['signed']['body']>): Said<'deal'> => ({
    ...said,
    signed: sign({ ...said.signed.body, ...body }, a),
  });

  it.each<[string, (said: Said<'deal'>) => Said<'deal'>]>([
    ['of another context', (said) => changed(said, { context: hash('other') })],
    ['of another view', (said) => changed(said, { view: 1 })],
    ['with fewer commitments', (said) => changed(said, { keys: said.signed.body.keys.slice(32) })],
    ['with more commitments', (said) => changed(said, { seeds: new Uint8Array(160) })],
    ['with a share too few', (said) => ({ ...said, shares: said.shares.slice(1) })],
    ['under another root', (said) => changed(said, { sealed: hash('other') })],
  ])('%s is as good as none', (_, change) => {
    const { mesh, said } = before('deal');
    take(mesh, change(said));
    expect(mesh.carrier.state.deals.has(a)).toBe(false);
    take(mesh, said, b);
    expect(mesh.carrier.state.deals.has(a)).toBe(false);
    take(mesh, said);
    expect(mesh.carrier.state.deals.has(a)).toBe(true);
  });
});

describe('readiness', () => {
  it('counts for the deals that the leader handed out, and no others', () => {
    const { mesh, said } = before('ready');
    take(mesh, { t: 'ready', signed: sign({ ...said.signed.body, deals: hash('other') }, a) });
    expect(mesh.carrier.state.readies.has(a)).toBe(false);
    take(mesh, said);
    expect(mesh.carrier.state.readies.has(a)).toBe(true);
  });
});

describe('a masked vector', () => {
  const changed = (said: Said<'masked'>, body: Partial<CommitmentBody>, by = a): Said<'masked'> => ({
    ...said,
    signed: sign({ ...said.signed.body, ...body }, by),
  });
  const short = new Uint8Array(28);

  it.each<[string, (said: Said<'masked'>) => Said<'masked'>]>([
    ['of another group', (said) => changed(said, { group: 1 })],
    ['from another state', (said) => changed(said, { state: hash('other') })],
    ['from a state of another round', (said) => changed(said, { stateRound: 5 })],
    ['under other masks', (said) => changed(said, { deals: hash('other') })],
    ['with another hash', (said) => ({ ...said, vector: new Uint8Array(32) })],
    ['of another length', (said) => ({ ...changed(said, { vector: hashBytes(short) }), vector: short })],
  ])('%s is not kept', (_, change) => {
    const { mesh, said } = before('masked');
    take(mesh, change(said));
    expect(mesh.carrier.state.masked.has(a)).toBe(false);
    expect(mesh.carrier.disk.blobs.size).toBe(4);
    take(mesh, said);
    expect(mesh.carrier.state.masked.has(a)).toBe(true);
    expect(mesh.carrier.disk.blobs.get(said.signed.body.vector)).toEqual(said.vector);
  });

  it('of a stranger, or of a member whose deal is not in use, is not kept', () => {
    const mesh = new Mesh(GROUP, 11, new Map([[b, 'deal']]));
    mesh.withholds = ({ from, message }) => from === a && message.t === 'masked';
    mesh.begin();
    mesh.deliver();
    mesh.carrier.input({ t: 'timeout', stage: 'dealing' });
    mesh.deliver();
    const said = mesh.withheld[0]!.message as Said<'masked'>;
    for (const by of [b, id('z')]) {
      take(mesh, changed(said, {}, by), by);
      expect(mesh.carrier.state.masked.has(by)).toBe(false);
    }
  });

  it('is kept once: another body of its member is shown, and the first one counts', () => {
    const { mesh, said } = before('masked');
    take(mesh, said);
    const other = changed(said, { ledger: hash('other') });
    take(mesh, other);
    take(mesh, { ...said, signed: sign(said.signed.body, a) });
    expect(mesh.carrier.events).toEqual([{ t: 'equivocated', bodies: [said.signed, other.signed] }]);
    expect(mesh.carrier.state.masked.get(a)).toEqual(said.signed);
  });

  it('comes too late once survivors are fixed', () => {
    const { mesh, said } = before('masked');
    mesh.carrier.input({ t: 'timeout', stage: 'masking' });
    expect(mesh.carrier.state.stage).toBe('agreeing');
    take(mesh, said);
    expect(mesh.carrier.state.masked.has(a)).toBe(false);
  });
});

describe('a stage', () => {
  it('ends by its own time, not by that of another', () => {
    const { mesh } = before('masked');
    mesh.carrier.input({ t: 'timeout', stage: 'checking' });
    expect(mesh.carrier.state.stage).toBe('masking');
  });

  it('of certification ends with the seats’ word on this set alone', () => {
    const { mesh } = before('masked');
    mesh.carrier.certifies = false;
    mesh.carrier.input({ t: 'timeout', stage: 'masking' });
    const { survivors } = mesh.carrier.state;
    const other = { ...survivors!, kept: keptBits(namesOf(6), new Set(namesOf(6))) };
    for (const certificate of [[], [sign(survivors!, a)], [sign(other, RELAY)]]) {
      mesh.carrier.input({ t: 'certified', certificate });
      expect(mesh.carrier.state.stage).toBe('fixing');
    }
    mesh.carrier.input({ t: 'certified', certificate: [sign(survivors!, RELAY)] });
    expect(mesh.carrier.state.stage).toBe('agreeing');
  });
});

describe('seats that certify nothing', () => {
  it('cost the group a paid attempt, and no member shows a share', () => {
    const { mesh } = before('masked');
    mesh.carrier.certifies = false;
    mesh.carrier.input({ t: 'timeout', stage: 'masking' });
    expect(mesh.carrier.timer).toEqual({ t: 'timer', stage: 'fixing', wait: 'step' });
    mesh.carrier.input({ t: 'timeout', stage: 'fixing' });
    expect(mesh.carrier.events).toEqual([{ t: 'failed', context: mesh.context, stage: 'fixing', isPaid: true }]);
    mesh.deliver();
    expect(mesh.sent.some(({ message }) => message.t === 'unmask')).toBe(false);
  });
});

describe('shares', () => {
  it('that do not fit are not used, their member is not asked again, and others stand in', () => {
    const mesh = new Mesh(GROUP, 11);
    mesh.tampers = (mail) => {
      const { message } = mail;
      if (mail.from !== a || message.t !== 'unmask') return [mail];
      const shares = message.signed.body.shares.map((byte, i) => (i % 32 === 0 ? byte ^ 1 : byte));
      return [{ ...mail, message: { t: 'unmask', signed: sign({ ...message.signed.body, shares }, a) } }];
    };
    const { sums } = mesh.run();
    expect([...mesh.carrier.state.misfits]).toEqual([a]);
    expect(sums!.found).toEqual(sums!.expected);
  });

  it('count if they name the survivor set, whole, and are not tried twice', () => {
    const { mesh, said } = before('unmask');
    const { carrier } = mesh;
    const { body } = said.signed;
    const answer = (changes: Partial<typeof body>): void => take(mesh, { t: 'unmask', signed: sign({ ...body, ...changes }, a) });
    answer({ survivors: hash('other') });
    answer({ shares: body.shares.slice(32) });
    expect([carrier.state.answers.size, carrier.unmaskings]).toEqual([3, 0]);
    const misfit = body.shares.map((byte, i) => (i % 32 === 0 ? byte ^ 1 : byte));
    answer({ shares: misfit });
    answer({ shares: misfit });
    expect([carrier.state.answers.size, carrier.unmaskings]).toEqual([3, 1]);
  });

  it('of t members are enough', () => {
    const { mesh, said } = before('unmask');
    take(mesh, said);
    expect(mesh.sums!.found).toEqual(mesh.sums!.expected);
  });
});
