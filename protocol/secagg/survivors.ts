/** Sets of members in signed bodies: dealers by a hash, survivors by bits in group order, and the seats' certificate of a survivor set. */
import { bodyHash, type Hash } from '../codec.ts';
import { idOf, type PeerId, type Signed } from '../identity.ts';
import type { DealRef, SurvivorsBody } from './messages.ts';
import { KEPT_BYTES } from './shapes.ts';

/** Decides whether these distinct seats are enough to certify a survivor set. */
export type IsQuorum = (seats: readonly PeerId[]) => boolean;

/** @param dealers in group order */
export function dealsHash(dealers: readonly DealRef[]): Hash {
  return bodyHash(
    'secagg-deals',
    dealers.map(({ member, deal }) => ({ member, deal })),
  );
}

export function keptBits(members: readonly PeerId[], kept: ReadonlySet<PeerId>): Uint8Array {
  const bits = new Uint8Array(KEPT_BYTES);
  for (const [i, member] of members.entries()) if (kept.has(member)) bits[i >> 3]! |= 1 << (i & 7);
  return bits;
}

/** Members whose bit is set, in group order; null if a bit stands for nobody. */
export function keptOf(members: readonly PeerId[], bits: Uint8Array): PeerId[] | null {
  const places = Array.from({ length: bits.length * 8 }, (_, i) => i).filter((i) => ((bits[i >> 3]! >> (i & 7)) & 1) === 1);
  return places.every((i) => i < members.length) ? places.map((i) => members[i]!) : null;
}

/** The one survivor set that a quorum of seats signed, or null. The signatures are verified already. */
export function certifiedSurvivors(certificate: readonly Signed<SurvivorsBody>[], isQuorum: IsQuorum): SurvivorsBody | null {
  const [first] = certificate;
  if (first === undefined || certificate.some(({ body }) => idOf(body) !== idOf(first.body))) return null;
  return isQuorum([...new Set(certificate.map(({ by }) => by))]) ? first.body : null;
}
