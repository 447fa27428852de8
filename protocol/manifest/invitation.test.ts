import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { encode, hashBytes, toBase64Url } from '../codec.ts';
import { MeshError } from '../errors.ts';
import { generateKeyPair, identityOf, signBody, type Identity } from '../identity.ts';
import { SIGNED_ENTRY_BYTES_MAX } from '../limits.ts';
import { INVITED_TO, invitationId, invitationText, openInvitation, signInvitation, type Asked, type InvitationBody } from './invitation.ts';

const newIdentity = async (): Promise<Identity> => identityOf(await generateKeyPair(false));
const FED = hashBytes(new Uint8Array([1]));
const NOW = 1_800_000_000_000;

describe('an invitation', () => {
  let steward: Identity;
  let guest: Identity;
  let other: Identity;
  beforeAll(async () => {
    [steward, guest, other] = (await Promise.all([newIdentity(), newIdentity(), newIdentity()])) as [Identity, Identity, Identity];
  });
  const body = (changes: Partial<InvitationBody> = {}): InvitationBody => ({
    t: 'invitation',
    may: 'join',
    fed: FED,
    to: null,
    until: NOW + 1000,
    nonce: 'n',
    ...changes,
  });
  const asked = (changes: Partial<Asked> = {}): Asked => ({ may: 'join', fed: FED, to: guest.id, by: [steward.id], now: NOW, ...changes });
  const codeOf = (call: Promise<unknown>) =>
    call.then(
      () => 'opened',
      (error: unknown) => (error instanceof MeshError ? error.code : String(error)),
    );
  const shown = async (changes: Partial<InvitationBody>, as: Partial<Asked> = {}, by = steward) =>
    codeOf(openInvitation(invitationText(await signInvitation(by, body(changes))), asked(as)));

  it.each(INVITED_TO)('to %s is opened by whom it is for, for what it is for', async (may) => {
    const fed = may === 'found' ? null : FED;
    const signed = await signInvitation(steward, body({ may, fed, to: guest.id }));
    const opened = await openInvitation(invitationText(signed), asked({ may, fed }));
    expect(opened).toEqual(signed);
    expect(await shown({ may, fed, to: guest.id }, { may, fed, to: other.id })).toBe('not-listed');
    for (const another of INVITED_TO.filter((one) => one !== may)) {
      expect(await shown({ may, fed, to: guest.id }, { may: another, fed })).toBe('not-listed');
    }
  });

  it('holds to its last moment, in its federation, by the word of those who may invite', async () => {
    expect(await shown({}, { to: other.id })).toBe('opened'); // whoever shows it
    expect(await shown({}, { now: NOW + 1000 })).toBe('opened');
    expect(await shown({}, { now: NOW + 1001 })).toBe('stale');
    expect(await shown({}, { fed: hashBytes(new Uint8Array([2])) })).toBe('wrong-federation');
    expect(await shown({}, { by: [] })).toBe('signature-invalid');
    expect(await shown({}, { by: [steward.id, other.id] }, other)).toBe('opened');
    expect(await shown({}, {}, other)).toBe('signature-invalid');
  });

  it('names a federation to join or vote in, none to found, and the key of a seat', async () => {
    for (const wrong of [
      { fed: null },
      { may: 'vote', fed: null },
      { may: 'found' },
      { may: 'seat' },
      { until: -1 },
      { nonce: '' },
    ] as const) {
      expect(await codeOf(signInvitation(steward, body(wrong)))).toBe('field-invalid');
      const text = toBase64Url(encode(await signBody(steward, body(wrong))));
      expect(await codeOf(openInvitation(text, asked()))).toBe('field-invalid');
    }
    expect(await shown({ may: 'seat', fed: null, to: guest.id }, { may: 'seat', fed: null })).toBe('opened'); // before there is an id
  });

  it('is signed as what it is, whole', async () => {
    const signed = await signInvitation(steward, body());
    const longer = { ...signed, body: body({ until: NOW * 2 }) };
    expect(await codeOf(openInvitation(invitationText(longer), asked()))).toBe('signature-invalid');
    const otherTag = await signBody(steward, { ...body(), t: 'withdraw' });
    expect(await codeOf(openInvitation(invitationText({ ...signed, sig: otherTag.sig }), asked()))).toBe('signature-invalid');
    expect(invitationId(body())).not.toBe(invitationId(body({ nonce: 'm' })));
    expect(invitationText(signed).length).toBeLessThan(SIGNED_ENTRY_BYTES_MAX);
  });

  it('of a stranger’s making is refused with a code, whatever it is', async () => {
    const good = invitationText(await signInvitation(steward, body()));
    const codes = [
      'frame-malformed',
      'frame-too-large',
      'not-canonical',
      'field-invalid',
      'signature-invalid',
      'wrong-federation',
      'not-listed',
    ];
    const refused = async (text: string) => expect(codes).toContain(await codeOf(openInvitation(text, asked())));
    const edits = fc.tuple(fc.nat(good.length - 1), fc.constantFrom('A', '-', '9', 'z')).filter(([at, to]) => good[at] !== to);
    await fc.assert(fc.asyncProperty(edits, async ([at, to]) => void (await refused(good.slice(0, at) + to + good.slice(at + 1)))));
    await fc.assert(fc.asyncProperty(fc.string({ maxLength: 3000 }), async (text) => void (await refused(text))));
    const values = fc.dictionary(
      fc.constantFrom('body', 'by', 'sig'),
      fc.oneof(fc.string(), fc.integer(), fc.uint8Array(), fc.constant(null)),
      { noNullPrototype: true },
    );
    await fc.assert(fc.asyncProperty(values, async (value) => void (await refused(toBase64Url(encode(value))))));
    await refused('A'.repeat(10_000));
  });
});
