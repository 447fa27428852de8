/** The leader's part before anybody pays: it collects deals, hands each member its shares, and names the dealers that are left. */
import { equalBytes, fromBase64Url } from '../codec.ts';
import { idOf, type PeerId } from '../identity.ts';
import { inclusionProof, leafHash, merkleRoot } from '../merkle.ts';
import { fail, keepBegun, setStage, type CarrierState, type HeldDeal } from './carrier-state.ts';
import { atOf } from './context.ts';
import type { BeginBody, DealRef, DealtShare, ReadyBody } from './messages.ts';
import { SCALAR_BYTES } from './shapes.ts';
import { dealsHash } from './survivors.ts';

export function onDeal(s: CarrierState, by: PeerId, { signed, shares }: HeldDeal): void {
  if (s.stage === 'checking' && s.deals.has(by)) return sayDealt(s, by);
  if (s.stage !== 'dealing' || s.deals.has(by) || !isWhole(s, { signed, shares })) return;
  s.deals.set(by, { signed, shares });
  if (s.deals.size === s.attempt.terms.members.length) toChecking(s);
}

/** What every member would refuse: then the dealer is as good as absent, and nobody else is held up. */
function isWhole({ attempt: { terms } }: CarrierState, { signed: { body }, shares }: HeldDeal): boolean {
  const length = terms.threshold * SCALAR_BYTES;
  const fits = body.keys.length === length && body.seeds.length === length && shares.length === terms.members.length - 1;
  return fits && equalBytes(merkleRoot(shares.map(leafHash)), fromBase64Url(body.sealed));
}

export function toChecking(s: CarrierState): void {
  if (s.deals.size < s.attempt.terms.threshold) return fail(s);
  setStage(s, 'checking');
  for (const member of s.deals.keys()) sayDealt(s, member);
}

export function sayDealt(s: CarrierState, to: PeerId): void {
  const { members } = s.attempt.terms;
  const deals = members.flatMap((by): DealtShare[] => {
    const held = s.deals.get(by);
    if (held === undefined || by === to) return [];
    const index = members.filter((member) => member !== by).indexOf(to);
    return [{ deal: held.signed, share: held.shares[index]!, path: inclusionProof(held.shares.map(leafHash), index) }];
  });
  s.out.push({ t: 'send', to, draft: { t: 'plain', message: { t: 'dealt', context: s.context, deals } } });
}

/** Deals in group order. */
function refsOf(s: CarrierState, dealers: ReadonlySet<PeerId>): DealRef[] {
  const { members } = s.attempt.terms;
  return members.filter((member) => dealers.has(member)).map((member) => ({ member, deal: idOf(s.deals.get(member)!.signed.body) }));
}

export function onReady(s: CarrierState, by: PeerId, body: ReadyBody): void {
  if (s.stage === 'masking' && !s.masked.has(by) && s.begin!.dealers.some(({ member }) => member === by)) return sayBegin(s, by);
  const isSame = body.deals === dealsHash(refsOf(s, new Set(s.deals.keys())));
  if (s.stage !== 'checking' || !s.deals.has(by) || !isSame) return;
  s.readies.set(by, body);
  if (s.readies.size === s.deals.size) toMasking(s);
}

export function toMasking(s: CarrierState): void {
  const { attempt, context } = s;
  const left = withoutDisputes(attempt.terms.members, s.readies);
  if (left.size < attempt.terms.threshold) return fail(s);
  const begin: BeginBody = { t: 'begin', ...atOf(attempt.at), context, dealers: refsOf(s, left) };
  keepBegun(s, begin);
  setStage(s, 'masking');
  for (const { member } of begin.dealers) sayBegin(s, member);
}

/**
 * Who is left when a complaint takes out both sides, since nobody can tell which of them lies. Somebody who is out already takes nobody
 * along, so that every pair has a liar in it, and c liars cost at most 2c members.
 */
export function withoutDisputes(members: readonly PeerId[], readies: ReadonlyMap<PeerId, Pick<ReadyBody, 'complaints'>>): Set<PeerId> {
  const left = new Set(members.filter((member) => readies.has(member)));
  for (const member of members) {
    for (const dealer of readies.get(member)?.complaints ?? []) {
      if (dealer !== member && left.has(member) && left.has(dealer)) for (const side of [member, dealer]) left.delete(side);
    }
  }
  return left;
}

export function sayBegin(s: CarrierState, to: PeerId): void {
  s.out.push({ t: 'send', to, draft: { t: 'begin', body: s.begin! } });
}
