/** A member's way to its masked vector: deal, check what others dealt, accept one list of dealers, pay, then mask once. */
import { toBase64Url, type Hash } from '../codec.ts';
import { idOf, type Signed } from '../identity.ts';
import { leafHash, merkleRoot } from '../merkle.ts';
import { atOf, contextOf } from './context.ts';
import type { CheckResult, DealResult, MemberInput } from './effects.ts';
import { checkDealers, checkDeals, checkMembers, checkPaths, checkVerified, firstOf, mayEnter } from './member-checks.ts';
import { advance, awaitKey, burn, enteredOf, refuse, repeat, wipe, type AtStage, type Dealer, type MemberState } from './member-state.ts';
import type { BeginBody, CommitmentBody, DealBody, DealtShare, ReadyBody } from './messages.ts';
import { SCALAR_BYTES } from './shapes.ts';
import { dealsHash } from './survivors.ts';

export function enter(s: MemberState, { attempt, leader, channel }: Extract<MemberInput, { readonly t: 'enter' }>): void {
  const { self, checkTerms } = s.config;
  const refusal = firstOf(
    () => mayEnter(s.last, attempt.at),
    () => checkMembers(attempt, self),
    () => checkTerms(attempt),
  );
  if (refusal !== null) return refuse(s, 'enter', refusal);
  burn(s);
  s.last = atOf(attempt.at);
  s.isHeld = false;
  const now: AtStage<'dealing'> = { stage: 'dealing', attempt, leader, context: contextOf(attempt), channel };
  advance(s, now);
  deal(s, now);
}

/** Also after a restart: nothing of a deal that was not finished has left. */
export function deal(s: MemberState, { attempt, context, channel }: AtStage<'dealing'>): void {
  const { members, channels, threshold } = attempt.terms;
  const key = awaitKey(s, context, 'deal');
  s.out.push({ t: 'job', key, job: { t: 'deal', context, members, threshold, self: s.config.self, channel, channels } });
}

export function onDeal(s: MemberState, now: AtStage<'dealing'>, { secrets, own, keys, seeds, shares }: DealResult): void {
  const { attempt, context, channel } = now;
  const sealed = toBase64Url(merkleRoot(shares.map(leafHash))) as Hash;
  const body: DealBody = { t: 'deal', ...atOf(attempt.at), context, keys, seeds, sealed };
  advance(s, { stage: 'dealt', ...enteredOf(now), channel, secrets, own, deal: body, shares });
  repeat(s);
}

export function onDealt(s: MemberState, { attempt, context, channel }: AtStage<'dealt'>, deals: readonly DealtShare[]): void {
  const { self } = s.config;
  // The first bundle counts: another one could only be a leader's second thought.
  if (s.awaited !== null) return;
  const refusal = firstOf(
    () => checkDeals(attempt, context, self, deals),
    () => checkPaths(attempt, self, deals),
  );
  if (refusal !== null) return refuse(s, 'dealt', refusal);
  s.checking = deals;
  const { members, channels, threshold } = attempt.terms;
  const dealt = deals.map(({ deal: { by, body }, share }) => ({ member: by, keys: body.keys, seeds: body.seeds, share }));
  const key = awaitKey(s, context, 'check');
  s.out.push({ t: 'job', key, job: { t: 'check', context, members, threshold, self, channel, channels, deals: dealt } });
}

export function onChecked(s: MemberState, now: AtStage<'dealt'>, { shares, complaints }: CheckResult): void {
  const { attempt, context, secrets, own, channel } = now;
  const bodies = [...s.checking.map(({ deal: { by, body } }) => ({ member: by, body })), { member: own.member, body: now.deal }];
  const dealt = bodies
    .map(({ member, body }): Dealer => ({ member, deal: idOf(body), key: body.keys.slice(0, SCALAR_BYTES) }))
    .sort((a, b) => (a.member < b.member ? -1 : 1));
  const fitting = new Map([...shares, own].map((share) => [share.member, share]));
  const dealers = dealt.filter(({ member }) => fitting.has(member));
  const ready: ReadyBody = { t: 'ready', ...atOf(attempt.at), context, deals: dealsHash(dealt), complaints };
  s.checking = [];
  const held = dealers.map(({ member }) => fitting.get(member)!);
  advance(s, { stage: 'ready', ...enteredOf(now), secrets, dealers, shares: held, ready });
  wipe(s, channel);
  repeat(s);
}

/** The first list that fits is the only one: masks are made for it, and a leader's second list finds another stage. */
export function onBegin(s: MemberState, now: AtStage<'ready'>, { body, by }: Signed<BeginBody>): void {
  const { attempt, leader, context, secrets } = now;
  if (by !== leader || body.context !== context) return refuse(s, 'begin', { code: 'stale', field: 'context' });
  const refusal = firstOf(
    () => checkDealers(attempt, s.config.self, body.dealers),
    () => checkVerified(now.dealers, body.dealers),
  );
  if (refusal !== null) return refuse(s, 'begin', refusal);
  const named = new Set(body.dealers.map(({ member }) => member));
  const dealers = now.dealers.filter(({ member }) => named.has(member));
  const shares = now.shares.filter(({ member }) => named.has(member));
  advance(s, { stage: 'begun', ...enteredOf(now), secrets, dealers, shares });
  s.out.push({ t: 'reserve', key: awaitKey(s, context, 'reserve'), context, attempt });
}

/** Once both bills are on disk, and not before, a lot may be drawn. */
export function onReserved(s: MemberState, { attempt, context, secrets, dealers }: AtStage<'begun'>): void {
  const key = awaitKey(s, context, 'mask');
  const others = dealers.map(({ member, key: publicKey }) => ({ member, key: publicKey }));
  s.out.push({ t: 'mask', key, context, attempt, secrets, dealers: others, deals: dealsHash(dealers) });
}

export function onMasked(s: MemberState, now: AtStage<'begun'>, signed: Signed<CommitmentBody>, vector: Uint8Array): void {
  const { dealers, shares, secrets } = now;
  advance(s, { stage: 'masked', ...enteredOf(now), dealers, shares, signed, vector });
  wipe(s, secrets.key, secrets.seed);
  repeat(s);
}
