/** Why a member refuses a step: one function for each reason, all without effects. A member that refuses sends nothing. */
import { fromBase64Url, type Hash } from '../codec.ts';
import { idOf, type PeerId, type Signed } from '../identity.ts';
import { isIncluded, leafHash } from '../merkle.ts';
import { isAfter, isSameAt, type At, type AttemptTerms } from './context.ts';
import type { Refusal } from './effects.ts';
import type { ConsistentBody, DealRef, DealtShare, SurvivorsBody } from './messages.ts';
import { SCALAR_BYTES } from './shapes.ts';

/** The first refusal of several checks. */
export function firstOf(...checks: readonly (() => Refusal | null)[]): Refusal | null {
  for (const check of checks) {
    const refusal = check();
    if (refusal !== null) return refusal;
  }
  return null;
}

const when = (fault: boolean, code: Refusal['code'], field: string): Refusal | null => (fault ? { code, field } : null);

/** One vector, one context: only an attempt after all that this member ever entered. @param last null before the first */
export function mayEnter(last: At | null, at: At): Refusal | null {
  return when(last !== null && (last.fed !== at.fed || !isAfter(at, last)), 'stale', 'attempt');
}

/** The group is in order, this member is in it, and everybody has a channel key. */
export function checkMembers({ terms: { members, channels } }: AttemptTerms, self: PeerId): Refusal | null {
  const isSorted = members.every((member, i) => i === 0 || members[i - 1]! < member);
  if (!isSorted || !members.includes(self)) return { code: 'field-invalid', field: 'members' };
  const fits = channels.length === members.length && channels.every((channel) => channel.length === SCALAR_BYTES);
  return when(!fits, 'field-invalid', 'channels');
}

// --- deals ---

/** Each deal is of this attempt, by another member, once, with t commitments to each secret. */
export function checkDeals({ at, terms }: AttemptTerms, context: Hash, self: PeerId, deals: readonly DealtShare[]): Refusal | null {
  const dealers = new Set(deals.map(({ deal }) => deal.by));
  if (dealers.size !== deals.length || dealers.has(self)) return { code: 'duplicate', field: 'deals' };
  if (![...dealers].every((by) => terms.members.includes(by))) return { code: 'not-listed', field: 'deals' };
  const bodies = deals.map(({ deal }) => deal.body);
  if (!bodies.every((body) => body.context === context && isSameAt(body, at))) return { code: 'stale', field: 'deals' };
  const length = terms.threshold * SCALAR_BYTES;
  return when(!bodies.every(({ keys, seeds }) => keys.length === length && seeds.length === length), 'wrong-length', 'deals');
}

/** Each share is the one that its dealer signed for this member: the leader can withhold it, but not swap it. */
export function checkPaths({ terms: { members } }: AttemptTerms, self: PeerId, deals: readonly DealtShare[]): Refusal | null {
  const fits = deals.every(({ deal: { by, body }, share, path }) => {
    const index = members.filter((member) => member !== by).indexOf(self);
    return isIncluded(leafHash(share), index, members.length - 1, path, fromBase64Url(body.sealed));
  });
  return when(!fits, 'blob-mismatch', 'deals.share');
}

// --- begin ---

/** Dealers in group order, this member among them, enough for every later step. */
export function checkDealers({ terms }: AttemptTerms, self: PeerId, dealers: readonly DealRef[]): Refusal | null {
  const places = dealers.map(({ member }) => terms.members.indexOf(member));
  if (!places.every((place, i) => place >= 0 && (i === 0 || places[i - 1]! < place))) return { code: 'field-invalid', field: 'dealers' };
  if (!dealers.some(({ member }) => member === self)) return { code: 'not-listed', field: 'dealers' };
  return when(dealers.length < terms.threshold, 'out-of-bound', 'dealers');
}

/** Every dealer's share for this member was checked, and fits the deal that is named. @param verified the deals whose shares fit */
export function checkVerified(verified: readonly DealRef[], dealers: readonly DealRef[]): Refusal | null {
  const fits = dealers.every(({ member, deal }) => verified.some((held) => held.member === member && held.deal === deal));
  return when(!fits, 'conflict', 'dealers');
}

// --- survivors ---

/** A survivor set of this attempt, group and dealers. */
export function checkPlace({ at, group }: AttemptTerms, context: Hash, deals: Hash, body: SurvivorsBody): Refusal | null {
  const fits = body.context === context && isSameAt(body, at) && body.group === group;
  return fits ? when(body.deals !== deals, 'conflict', 'deals') : { code: 'stale', field: 'survivors' };
}

/** Only dealers are kept: nobody else's masks could be taken off. */
export function checkKept(kept: readonly PeerId[] | null, dealers: readonly DealRef[]): Refusal | null {
  return when(kept === null || !kept.every((id) => dealers.some(({ member }) => member === id)), 'not-listed', 'kept');
}

/** At least t vectors are summed. */
export function checkEnough(kept: readonly PeerId[], threshold: number): Refusal | null {
  return when(kept.length < threshold, 'out-of-bound', 'kept');
}

/** Who has sent nothing cannot be kept. */
export function checkOwnBit(kept: readonly PeerId[], self: PeerId, hasSent: boolean): Refusal | null {
  return when(kept.includes(self) && !hasSent, 'conflict', 'kept');
}

/** At least t distinct kept members signed this survivor set: two sets of t share an honest one if 2t > g + c. */
export function checkSigners(
  signatures: readonly Signed<ConsistentBody>[],
  context: Hash,
  survivors: SurvivorsBody,
  kept: readonly PeerId[],
  threshold: number,
): Refusal | null {
  const id = idOf(survivors);
  const fitting = signatures.filter(({ body, by }) => body.context === context && body.survivors === id && kept.includes(by));
  return when(new Set(fitting.map(({ by }) => by)).size < threshold, 'out-of-bound', 'signatures');
}

/** One survivor set in a context: what was signed is what is answered, and never another. @param signed the id of the set that it signed */
export function checkSame(signed: Hash, named: Hash): Refusal | null {
  return when(signed !== named, 'conflict', 'survivors');
}
