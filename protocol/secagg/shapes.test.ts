import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decode, encode, hashBytes, type Hash } from '../codec.ts';
import { MeshError } from '../errors.ts';
import type { Signed } from '../identity.ts';
import { GROUP_MAX } from '../limits.ts';
import { FED, id } from '../round/core.fixture.ts';
import { signaturesIn, type SecaggBody, type SecaggMessage, type SurvivorsBody } from './messages.ts';
import { KEPT_BYTES, parseSecagg, SCALAR_BYTES, SEALED_SHARE_BYTES } from './shapes.ts';

const hash = (text: string): Hash => hashBytes(new TextEncoder().encode(text));
const signed = <B extends SecaggBody>(body: B): Signed<B> => ({ body, by: id('a'), sig: new Uint8Array(64) });
const at = { fed: FED, epoch: 0, round: 3, view: 0, attempt: 1, context: hash('context') };
const scalars = (count: number) => new Uint8Array(count * SCALAR_BYTES);
const share = new Uint8Array(SEALED_SHARE_BYTES);
const deal = signed({ t: 'deal', ...at, keys: scalars(3), seeds: scalars(3), sealed: hash('sealed') });
const kept = new Uint8Array(KEPT_BYTES).fill(3);
const survivors = signed({ t: 'survivors', ...at, group: 0, deals: hash('deals'), kept, senders: 4, root: hash('root') });
const consistent = signed({ t: 'consistent', ...at, survivors: hash('survivors') });
const place = { group: 0, state: hash('state'), stateRound: 2 };

const MESSAGES: readonly SecaggMessage[] = [
  { t: 'deal', signed: deal, shares: [share, share] },
  { t: 'dealt', context: at.context, deals: [{ deal, share, path: [new Uint8Array(32)] }] },
  { t: 'ready', signed: signed({ t: 'ready', ...at, deals: hash('deals'), complaints: [id('b')] }) },
  { t: 'begin', signed: signed({ t: 'begin', ...at, dealers: [{ member: id('a'), deal: hash('deal') }] }) },
  {
    t: 'masked',
    signed: signed({ t: 'commitment', ...at, ...place, vector: hash('v'), ledger: hash('l'), deals: hash('d'), tip: hash('t') }),
    vector: new Uint8Array(32),
  },
  { t: 'held', context: at.context, commitment: hash('commitment') },
  { t: 'fixed', certificate: [survivors] },
  { t: 'consistent', signed: consistent },
  { t: 'agreed', signatures: [consistent, consistent] },
  { t: 'unmask', signed: signed({ t: 'unmask', ...at, survivors: hash('survivors'), shares: scalars(4) }) },
];
const fieldOf = (value: unknown): string => {
  try {
    parseSecagg(value);
  } catch (error) {
    return (error as MeshError).detail.field!;
  }
  return 'none';
};

/** What was thrown, unless it is an error of the mesh. */
const faultOf = (parse: () => unknown): unknown => {
  try {
    parse();
  } catch (error) {
    return error instanceof MeshError ? null : error;
  }
  return null;
};

describe('messages of secure aggregation', () => {
  it.each(MESSAGES)('pass as they were sent: $t', (message) => {
    expect(parseSecagg(decode(encode(message)))).toEqual(message);
  });

  it.each([
    ['signed.body.keys', { ...MESSAGES[0], signed: { ...deal, body: { ...deal.body, keys: scalars(GROUP_MAX + 1) } } }],
    ['signed.body.seeds', { ...MESSAGES[0], signed: { ...deal, body: { ...deal.body, seeds: new Uint8Array(33) } } }],
    ['signed.body.seeds', { ...MESSAGES[0], signed: { ...deal, body: { ...deal.body, seeds: new Uint8Array(0) } } }],
    ['shares', { ...MESSAGES[0], shares: Array.from({ length: GROUP_MAX }, () => share) }],
    ['shares.0', { ...MESSAGES[0], shares: [share.slice(1)] }],
    ['deals', { ...MESSAGES[1], deals: Array.from({ length: GROUP_MAX + 1 }, () => ({ deal, share, path: [] })) }],
    ['deals.0.path', { ...MESSAGES[1], deals: [{ deal, share, path: Array.from({ length: 6 }, () => new Uint8Array(32)) }] }],
    ['certificate.0.body.kept', { t: 'fixed', certificate: [{ ...survivors, body: { ...survivors.body, kept: new Uint8Array(5) } }] }],
    ['certificate.0.body.senders', { t: 'fixed', certificate: [{ ...survivors, body: { ...survivors.body, senders: GROUP_MAX + 1 } }] }],
    ['signatures', { t: 'agreed', signatures: Array.from({ length: GROUP_MAX + 1 }, () => consistent) }],
  ])('are refused beyond their bounds: %s', (field, message) => {
    expect(fieldOf(message)).toBe(field);
  });

  it('have a signature each, except a receipt', () => {
    expect(MESSAGES.filter((message) => signaturesIn(message).length === 0).map(({ t }) => t)).toEqual(['held']);
  });

  it('have no form that names two survivor sets or shares of both kinds', () => {
    const both = { t: 'unmask', ...at, survivors: hash('s'), shares: scalars(4), keys: scalars(4) } as const;
    expect(fieldOf({ t: 'unmask', signed: signed(both) })).toBe('signed.body');
    const two = { ...survivors.body, kept: [kept, kept] } as unknown as SurvivorsBody;
    expect(fieldOf({ t: 'fixed', certificate: [signed(two)] })).toBe('certificate.0.body.kept');
  });

  it('throw nothing but their own error, however mutated', () => {
    const frames = MESSAGES.map((message) => encode(message));
    fc.assert(
      fc.property(fc.nat(frames.length - 1), fc.array(fc.tuple(fc.nat(), fc.nat(255)), { minLength: 1, maxLength: 4 }), (n, changes) => {
        const frame = frames[n]!.slice();
        for (const [index, value] of changes) frame[index % frame.length] = value;
        expect(faultOf(() => parseSecagg(decode(frame)))).toBeNull();
      }),
    );
  });
});
