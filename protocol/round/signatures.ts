/** Every signature inside a message, so that a shell verifies all of them before the core sees it, and puts its own to a draft. */
import { hashBytes } from '../codec.ts';
import type { Signed } from '../identity.ts';
import type { Draft } from './effects.ts';
import type { Lock, RoundMessage, SignedBody } from './messages.ts';

export type AnySigned = Signed<SignedBody>;

export function signaturesIn(message: RoundMessage): AnySigned[] {
  switch (message.t) {
    case 'join':
    case 'open':
    case 'update':
    case 'attest':
    case 'done':
      return [message.signed];
    case 'vote':
      return [message.signed, ...message.attests];
    case 'change':
      return [message.signed, ...inLock(message.lock)];
    case 'propose':
      return [message.signed, ...message.changes.flatMap((c) => [c.signed, ...inLock(c.lock)])];
    case 'record':
      return [...message.certified.commits, ...message.certified.attests];
    default:
      return [];
  }
}

function inLock(lock: Lock | null): AnySigned[] {
  return lock === null ? [] : [...lock.prepares, ...lock.attests];
}

/** True if a blob beside a signed body is the one that the body names. */
export function blobsMatch(message: RoundMessage): boolean {
  if (message.t === 'update') return hashBytes(message.vector) === message.signed.body.vector;
  if (message.t === 'state') return hashBytes(message.bytes) === message.hash;
  return true;
}

/** The body that a draft wants signed, or null. */
export function bodyOf(draft: Draft): SignedBody | null {
  return draft.t === 'plain' ? null : draft.body;
}

/** The message of a draft with this peer's signature in place. */
export function completeDraft(draft: Draft, signed: Signed<never> | null): RoundMessage {
  if (draft.t === 'plain') return draft.message;
  const { body: _, ...rest } = draft;
  return { ...rest, signed } as unknown as RoundMessage;
}
