/** What a member refuses, one test for each check: without the check it would go on, and send. */
import { describe, expect, it } from 'vitest';
import { hashBytes, toBase64Url, type Hash } from '../codec.ts';
import { idOf, type PeerId, type Signed } from '../identity.ts';
import { leafHash, merkleRoot } from '../merkle.ts';
import { id } from '../round/core.fixture.ts';
import { seeded } from '../sim/random.ts';
import { contextOf, type AttemptTerms } from './context.ts';
import { MEMBER_CELL, type MemberCell } from './member-state.ts';
import type { BeginBody, ConsistentBody, DealBody, DealtShare, FromCarrier, SurvivorsBody } from './messages.ts';
import { keptBits } from './survivors.ts';
import { Mesh, namesOf, RELAY, termsOf } from './testing/mesh.ts';
import { sign, type MemberShell } from './testing/shells.ts';

const GROUP = { size: 6, colluders: 1, honest: 2 };
const [a, b, c, d, e, f] = namesOf(6) as [PeerId, PeerId, PeerId, PeerId, PeerId, PeerId];
const hash = (text: string): Hash => hashBytes(new TextEncoder().encode(text));

type Kind = 'dealt' | 'begin' | 'fixed' | 'agreed';
type Held<K extends Kind> = Extract<FromCarrier, { readonly t: K }>;

/** Member a at the moment when this message has been sent to it and has not arrived. */
function before<K extends Kind>(kind: K, seed = 11): { mesh: Mesh; member: MemberShell; held: Held<K> } {
  const mesh = new Mesh(GROUP, seed);
  mesh.withholds = ({ to, message }) => to === a && message.t === kind;
  mesh.run();
  return { mesh, member: mesh.members.get(a)!, held: mesh.withheld[0]!.message as Held<K> };
}

/** What it refuses a message for; null if it did anything else. Nothing may leave or be written with a refusal. */
function refusalOf({ mesh, member }: { mesh: Mesh; member: MemberShell }, message: FromCarrier, from = RELAY): string | null {
  const [sent, moments, count] = [mesh.sent.length, member.disk.moments, member.spent.events.length];
  member.input({ t: 'message', from, message });
  const [event] = member.spent.events.slice(count);
  if (event?.t !== 'refused') return null;
  expect([mesh.sent.length, member.disk.moments]).toEqual([sent, moments]);
  return `${event.refusal.code} ${event.refusal.field}`;
}

const stageOf = (member: MemberShell): string => member.state.attempt?.stage ?? 'none';

describe('a member enters', () => {
  const enter = (member: MemberShell, attempt: AttemptTerms, channel: Uint8Array): string => {
    member.input({ t: 'enter', attempt, leader: RELAY, channel });
    const event = member.spent.events.findLast(({ t }) => t === 'refused');
    return event?.t === 'refused' ? `${event.refusal.code} ${event.refusal.field}` : stageOf(member);
  };
  const fresh = () => new Mesh(GROUP, 1).members.get(a)!;
  const { attempt, channels } = termsOf(GROUP, seeded(2), { view: 3, attempt: 1 });
  const channel = () => channels.get(a)!.slice();
  const withTerms = (changes: Partial<AttemptTerms['terms']>): AttemptTerms => ({ ...attempt, terms: { ...attempt.terms, ...changes } });

  it('a later attempt than all before, in one federation, also after a crash', () => {
    const member = fresh();
    expect(enter(member, attempt, channel())).toBe('dealt');
    member.crash();
    for (const at of [{ attempt: 0 }, { view: 2 }, { round: 0, view: 9 }, { fed: hash('other'), round: 9 }, {}]) {
      expect(enter(member, { ...attempt, at: { ...attempt.at, ...at } }, channel())).toBe('stale attempt');
    }
    // Given up is not forgotten.
    member.input({ t: 'abort' });
    member.crash();
    expect([enter(member, attempt, channel()), stageOf(member)]).toEqual(['stale attempt', 'none']);
    const last = member.disk.read().get(MEMBER_CELL) as MemberCell;
    expect(last).toEqual({ last: attempt.at, attempt: null });
    const other = fresh();
    expect(enter(other, attempt, channel())).toBe('dealt');
    expect(enter(other, { ...attempt, at: { ...attempt.at, view: 4 } }, channel())).toBe('dealt');
    expect(other.spent.events).toEqual([{ t: 'burnt', context: contextOf(attempt), isPaid: false }]);
  });

  it('no group out of order, without itself, or without a channel for each', () => {
    expect(enter(fresh(), withTerms({ members: namesOf(6).toReversed() }), channel())).toBe('field-invalid members');
    expect(enter(fresh(), withTerms({ members: [b, c, d, e, f, id('m9')] }), channel())).toBe('field-invalid members');
    expect(enter(fresh(), withTerms({ members: [a, a, b, c, d, e] }), channel())).toBe('field-invalid members');
    expect(enter(fresh(), withTerms({ channels: attempt.terms.channels.slice(1) }), channel())).toBe('field-invalid channels');
    const short = attempt.terms.channels.map((key) => key.slice(1));
    expect(enter(fresh(), withTerms({ channels: short }), channel())).toBe('field-invalid channels');
  });

  it('no group on terms that its device refuses', () => {
    expect(enter(fresh(), withTerms({ threshold: 3 }), channel())).toBe('group-unsafe threshold');
  });
});

describe('dealt shares', () => {
  const changed = (held: Held<'dealt'>, change: (deals: DealtShare[]) => DealtShare[]): FromCarrier => ({
    ...held,
    deals: change([...held.deals]),
  });
  const redealt = ({ deal, ...rest }: DealtShare, changes: Partial<DealBody>): DealtShare => ({
    ...rest,
    deal: sign({ ...deal.body, ...changes }, deal.by),
  });

  it.each<[string, (deals: DealtShare[]) => DealtShare[]]>([
    ['duplicate deals', (deals) => [...deals, deals[0]!]],
    ['duplicate deals', (deals) => [{ ...deals[0]!, deal: sign(deals[0]!.deal.body, a) }, ...deals.slice(1)]],
    ['not-listed deals', (deals) => [{ ...deals[0]!, deal: sign(deals[0]!.deal.body, id('z')) }, ...deals.slice(1)]],
    ['stale deals', ([first, ...rest]) => [redealt(first!, { context: hash('other') }), ...rest]],
    ['stale deals', ([first, ...rest]) => [redealt(first!, { view: 1 }), ...rest]],
    ['wrong-length deals', ([first, ...rest]) => [redealt(first!, { keys: first!.deal.body.keys.slice(32) }), ...rest]],
    ['wrong-length deals', ([first, ...rest]) => [redealt(first!, { seeds: new Uint8Array(160) }), ...rest]],
    ['blob-mismatch deals.share', ([first, second, ...rest]) => [{ ...first!, share: second!.share }, second!, ...rest]],
    [
      'blob-mismatch deals.share',
      ([first, ...rest]) => [{ ...first!, share: first!.share.map((byte, i) => (i === 7 ? byte ^ 1 : byte)) }, ...rest],
    ],
    ['blob-mismatch deals.share', ([first, ...rest]) => [{ ...first!, path: first!.path.slice(1) }, ...rest]],
  ])('are refused whole: %s', (refusal, change) => {
    const at = before('dealt');
    expect(refusalOf(at, changed(at.held, change))).toBe(refusal);
    expect(refusalOf(at, at.held)).toBeNull();
    expect(stageOf(at.member)).toBe('ready');
  });

  it('that do not open or fit are complained of', () => {
    const at = before('dealt');
    const [first, second, ...rest] = at.held.deals as [DealtShare, DealtShare, ...DealtShare[]];
    const lone = (deal: DealtShare, share: Uint8Array): DealtShare => {
      const leaves = [share, ...Array.from({ length: 4 }, () => new Uint8Array(80))].map(leafHash);
      const sealed = toBase64Url(merkleRoot(leaves)) as Hash;
      return { ...redealt(deal, { sealed }), share, path: [leaves[1]!, merkleRoot(leaves.slice(2, 4)), leaves[4]!] };
    };
    const { keys } = second.deal.body;
    const deals = [
      lone(first, new Uint8Array(80)),
      redealt(second, { keys: keys.map((byte, i) => (i === 33 ? byte ^ 1 : byte)) }),
      ...rest,
    ];
    at.member.input({ t: 'message', from: RELAY, message: { ...at.held, deals } });
    const ready = at.mesh.sent.findLast(({ from, message }) => from === a && message.t === 'ready')!.message as unknown as {
      signed: Signed<{ t: 'ready'; complaints: PeerId[] }>;
    };
    expect(ready.signed.body.complaints).toEqual([b, c]);
  });

  it('come once, from the leader, in this context', () => {
    const at = before('dealt');
    expect(refusalOf(at, at.held, b)).toBeNull();
    expect(refusalOf(at, { ...at.held, context: hash('other') })).toBeNull();
    expect(stageOf(at.member)).toBe('dealt');
  });
});

describe('a list of dealers', () => {
  const begin = (held: Held<'begin'>, changes: Partial<BeginBody>, by = RELAY): FromCarrier => ({
    t: 'begin',
    signed: sign({ ...held.signed.body, ...changes }, by),
  });

  it.each<[string, (dealers: BeginBody['dealers']) => Partial<BeginBody>]>([
    ['stale context', () => ({ context: hash('other') })],
    ['field-invalid dealers', (dealers) => ({ dealers: dealers.toReversed() })],
    ['field-invalid dealers', (dealers) => ({ dealers: [...dealers, dealers[5]!] })],
    ['field-invalid dealers', (dealers) => ({ dealers: [...dealers, { member: id('z'), deal: hash('z') }] })],
    ['not-listed dealers', (dealers) => ({ dealers: dealers.slice(1) })],
    ['out-of-bound dealers', (dealers) => ({ dealers: dealers.slice(0, 3) })],
    ['conflict dealers', (dealers) => ({ dealers: dealers.with(2, { member: c, deal: hash('another deal') }) })],
  ])('is refused: %s', (refusal, change) => {
    const at = before('begin');
    expect(refusalOf(at, begin(at.held, change(at.held.signed.body.dealers)))).toBe(refusal);
    expect(at.member.spent.reserved).toEqual([]);
    expect(refusalOf(at, at.held)).toBeNull();
    expect(at.member.spent.reserved).toEqual([at.mesh.context]);
  });

  it('is refused from anybody but the leader', () => {
    const at = before('begin');
    expect(refusalOf(at, begin(at.held, {}, b))).toBe('stale context');
  });

  it('is accepted once in a context, and paid for once', () => {
    const at = before('begin');
    at.member.input({ t: 'message', from: RELAY, message: at.held });
    const { dealers } = at.held.signed.body;
    at.member.input({ t: 'message', from: RELAY, message: begin(at.held, { dealers: dealers.slice(0, 5) }) });
    expect([at.member.spent.reserved.length, at.member.spent.lots.length]).toEqual([1, 1]);
  });
});

describe('a survivor set', () => {
  const fixed = (held: Held<'fixed'>, changes: Partial<SurvivorsBody>, by = RELAY): Held<'fixed'> => ({
    t: 'fixed',
    certificate: [sign({ ...held.certificate[0]!.body, ...changes }, by)],
  });
  const bits = (...kept: readonly PeerId[]) => ({ kept: keptBits(namesOf(6), new Set(kept)) });

  it.each<[string, Partial<SurvivorsBody>]>([
    ['stale survivors', { context: hash('other') }],
    ['stale survivors', { view: 1 }],
    ['stale survivors', { group: 1 }],
    ['conflict deals', { deals: hash('other') }],
    ['out-of-bound kept', bits(a, b, c)],
    ['not-listed kept', { kept: new Uint8Array([255, 0, 0, 0]) }],
  ])('is refused: %s', (refusal, changes) => {
    const at = before('fixed');
    expect(refusalOf(at, fixed(at.held, changes))).toBe(refusal);
    expect(stageOf(at.member)).toBe('masked');
    expect(refusalOf(at, at.held)).toBeNull();
    expect(stageOf(at.member)).toBe('signed');
  });

  it('is refused with a member that is no dealer', () => {
    const mesh = new Mesh(GROUP, 11, new Map([[f, 'deal']]));
    mesh.withholds = ({ to, message }) => to === a && message.t === 'fixed';
    mesh.run();
    const at = { mesh, member: mesh.members.get(a)!, held: mesh.withheld[0]!.message as Held<'fixed'> };
    expect(refusalOf(at, fixed(at.held, bits(a, b, c, d, e, f)))).toBe('not-listed kept');
  });

  it('is refused without enough seats, or with two bodies in one certificate', () => {
    const at = before('fixed');
    expect(refusalOf(at, fixed(at.held, {}, b))).toBe('signature-invalid certificate');
    expect(refusalOf(at, { t: 'fixed', certificate: [] })).toBe('signature-invalid certificate');
    const two = [...at.held.certificate, ...fixed(at.held, bits(a, b, c, d)).certificate];
    expect(refusalOf(at, { t: 'fixed', certificate: two })).toBe('signature-invalid certificate');
  });

  it('is refused where it keeps a member that has sent nothing', () => {
    const begin = before('begin');
    const later = before('fixed');
    expect(refusalOf(begin, later.held)).toBe('conflict kept');
  });

  it('is not signed by a member that it drops', () => {
    const at = before('fixed');
    expect(refusalOf(at, fixed(at.held, bits(b, c, d, e)))).toBeNull();
    expect(stageOf(at.member)).toBe('masked');
  });

  it('is signed once: another is refused ever after, also after a crash and after the answer', () => {
    const at = before('agreed');
    const certificate = at.mesh.carrier.state.certificate;
    const other = fixed({ t: 'fixed', certificate }, bits(a, b, c, d));
    expect(refusalOf(at, other)).toBe('conflict survivors');
    at.member.crash();
    expect(refusalOf(at, other)).toBe('conflict survivors');
    at.member.input({ t: 'message', from: RELAY, message: at.held });
    expect(stageOf(at.member)).toBe('answered');
    expect(refusalOf(at, other)).toBe('conflict survivors');
  });
});

describe('shares leave', () => {
  const resigned = (held: Held<'agreed'>, change: (body: ConsistentBody) => Partial<ConsistentBody>): FromCarrier => ({
    t: 'agreed',
    signatures: held.signatures.map(({ body, by }) => sign({ ...body, ...change(body) }, by)),
  });

  it('only for t distinct kept members that signed this set in this context', () => {
    const at = before('agreed');
    const four = at.held.signatures.slice(0, 4);
    expect(four.length).toBe(4);
    const agreed = (signatures: readonly Signed<ConsistentBody>[]): FromCarrier => ({ t: 'agreed', signatures });
    expect(refusalOf(at, agreed(four.slice(1)))).toBe('out-of-bound signatures');
    expect(refusalOf(at, agreed([...four.slice(1), four[1]!]))).toBe('out-of-bound signatures');
    expect(refusalOf(at, agreed([...four.slice(1), sign(four[0]!.body, id('z'))]))).toBe('out-of-bound signatures');
    expect(
      refusalOf(
        at,
        resigned(at.held, () => ({ survivors: hash('other') })),
      ),
    ).toBe('out-of-bound signatures');
    expect(
      refusalOf(
        at,
        resigned(at.held, () => ({ context: hash('other') })),
      ),
    ).toBe('out-of-bound signatures');
    expect(refusalOf(at, agreed(four))).toBeNull();
    expect(stageOf(at.member)).toBe('answered');
  });

  it('once, the same bytes whenever they are asked for, and nothing of them stays', () => {
    const at = before('agreed');
    const answers = () => at.mesh.sent.filter(({ from, message }) => from === a && message.t === 'unmask').map(({ message }) => message);
    at.member.input({ t: 'message', from: RELAY, message: at.held });
    at.member.crash();
    at.member.input({ t: 'message', from: RELAY, message: at.held });
    at.member.input({ t: 'tick' });
    const ids = answers().map((message) => idOf((message as { signed: Signed<ConsistentBody> }).signed.body));
    expect([ids.length, new Set(ids).size]).toEqual([4, 1]);
    const { attempt } = at.member.disk.read().get(MEMBER_CELL) as MemberCell;
    expect(Object.keys(attempt!).sort()).toEqual(['attempt', 'context', 'leader', 'stage', 'unmask']);
  });

  it('of one kind for each dealer: the self-mask of the kept, the mask key of the others', () => {
    const mesh = new Mesh(GROUP, 11, new Map([[f, 'masked']]));
    mesh.withholds = ({ to, message }) => to === a && message.t === 'agreed';
    mesh.run();
    const member = mesh.members.get(a)!;
    const { shares } = (member.disk.read().get(MEMBER_CELL) as { attempt: { shares: { key: Uint8Array; seed: Uint8Array }[] } }).attempt;
    member.input({ t: 'message', from: RELAY, message: mesh.withheld[0]!.message as FromCarrier });
    const { unmask } = (member.disk.read().get(MEMBER_CELL) as { attempt: { unmask: { shares: Uint8Array } } }).attempt;
    const expected = shares.flatMap(({ key, seed }, i) => [...(i < 5 ? seed : key)]);
    expect([...unmask.shares]).toEqual(expected);
  });
});

describe('secrets', () => {
  it('of each stage are gone from disk with the stage', () => {
    const fieldsAt = (kind: Kind) => {
      const { attempt } = before(kind).member.disk.read().get(MEMBER_CELL) as MemberCell;
      return Object.keys(attempt!).filter((key) => ['channel', 'secrets', 'shares', 'own'].includes(key));
    };
    expect(fieldsAt('dealt').sort()).toEqual(['channel', 'own', 'secrets', 'shares']);
    expect(fieldsAt('begin').sort()).toEqual(['secrets', 'shares']);
    expect(fieldsAt('fixed')).toEqual(['shares']);
  });

  it('are written over in memory', () => {
    const { attempt, channels } = termsOf(GROUP, seeded(2));
    const member = new Mesh(GROUP, 1).members.get(a)!;
    const channel = channels.get(a)!.slice();
    member.input({ t: 'enter', attempt, leader: RELAY, channel });
    const now = member.state.attempt as unknown as { secrets: { key: Uint8Array; seed: Uint8Array } };
    const { key, seed } = now.secrets;
    expect([channel, key, seed].every((secret) => secret.some((byte) => byte !== 0))).toBe(true);
    member.input({ t: 'abort' });
    expect([channel, key, seed].every((secret) => secret.every((byte) => byte === 0))).toBe(true);
  });
});
