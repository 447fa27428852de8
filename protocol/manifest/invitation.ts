/**
 * A signed invitation: who may join, found, vote or be a seat, until when, and by whose word. One shape for all of these. It says that
 * somebody was asked, and takes nobody's consent. Not the codes by which a relay's host admits one manifest (rest.ts): those are secrets
 * of one relay, used up once, and signed by nobody.
 */
import * as z from 'zod/mini';
import { bodyHash, decode, encode, fromBase64Url, toBase64Url, type Hash } from '../codec.ts';
import { MeshError } from '../errors.ts';
import { signBody, type Identity, type PeerId, type Signed } from '../identity.ts';
import { SIGNED_ENTRY_BYTES_MAX } from '../limits.ts';
import { hash, peer, text, whole } from './schema.ts';
import { openSigned } from './signed-entry.ts';

/** To train with others; to publish a manifest; to take part in a federation's decisions; to be one of its seats. */
export const INVITED_TO = ['join', 'found', 'vote', 'seat'] as const;
export type InvitedTo = (typeof INVITED_TO)[number];

const invitationShape = z
  .strictObject({
    t: z.literal('invitation'),
    may: z.enum(INVITED_TO),
    /** Null where there is none yet: for whoever founds one, and for seats that its manifest will name. */
    fed: z.nullable(hash),
    /** The invited key; null: whoever shows it. A seat is a key, so it has one. */
    to: z.nullable(peer),
    /** Milliseconds since the epoch. */
    until: whole(0, Number.MAX_SAFE_INTEGER),
    /** Tells it from others to the same: what was used up or taken back is known by its id. */
    nonce: text(64),
  })
  .check(
    z.refine(({ may, fed }) => (may === 'found' ? fed === null : may === 'seat' || fed !== null), {
      path: ['fed'],
      error: 'a federation to join or vote in, none to found',
    }),
    z.refine(({ may, to }) => may !== 'seat' || to !== null, { path: ['to'], error: 'the key of the seat' }),
  );
export type InvitationBody = z.infer<typeof invitationShape>;
export type Invitation = Signed<InvitationBody>;

export const invitationId = (body: InvitationBody): Hash => bodyHash(body.t, body);

/** @throws MeshError field-invalid */
export async function signInvitation(by: Identity, body: Omit<InvitationBody, 't'>): Promise<Invitation> {
  const entire = { t: 'invitation' as const, ...body };
  const result = z.safeParse(invitationShape, entire);
  if (result.success) return signBody(by, entire);
  const { path, message } = result.error.issues[0]!;
  throw new MeshError('field-invalid', { field: path.join('.') || 'invitation', expected: message });
}

/** As links carry it. */
export const invitationText = (signed: Invitation): string => toBase64Url(encode(signed));

/** What somebody has to be invited to for it to hold. */
export interface Asked {
  readonly may: InvitedTo;
  readonly fed: Hash | null;
  /** Who shows it, having proven the key. */
  readonly to: PeerId;
  /** Whose word counts here: a steward's, a host's. */
  readonly by: readonly PeerId[];
  /** Milliseconds since the epoch. */
  readonly now: number;
}

/**
 * @param invitation as a link carries it, from a stranger
 * @throws MeshError frame-malformed, frame-too-large, not-canonical, field-invalid with the path, signature-invalid also for the word of
 * another signer, stale after its time, wrong-federation, not-listed for another purpose or another key
 */
export async function openInvitation(invitation: string, asked: Asked): Promise<Invitation> {
  const signed = await openSigned(invitationShape, decode(bytesOf(invitation), SIGNED_ENTRY_BYTES_MAX), 'invitation');
  const { may, fed, to, until } = signed.body;
  const refuse = (
    code: 'signature-invalid' | 'stale' | 'wrong-federation' | 'not-listed',
    field: string,
    expected: string,
    got: string,
  ) => {
    throw new MeshError(code, { field, expected, got });
  };
  if (!asked.by.includes(signed.by)) refuse('signature-invalid', 'by', asked.by.join(' or '), signed.by);
  if (until < asked.now) refuse('stale', 'until', `a time from ${asked.now} on`, String(until));
  if (may !== asked.may) refuse('not-listed', 'may', asked.may, may);
  if (fed !== asked.fed) refuse('wrong-federation', 'fed', String(asked.fed), String(fed));
  if (to !== null && to !== asked.to) refuse('not-listed', 'to', asked.to, to);
  return signed;
}

function bytesOf(invitation: string): Uint8Array<ArrayBuffer> {
  if (invitation.length > 2 * SIGNED_ENTRY_BYTES_MAX) throw new MeshError('frame-too-large', { field: 'invitation' });
  return fromBase64Url(invitation);
}
