/** What a member keeps of an attempt at each stage, on disk and in memory, and how it goes from one to the next. */
import type { Hash } from '../codec.ts';
import type { PeerId, Signed } from '../identity.ts';
import type { At, AttemptTerms } from './context.ts';
import type { Draft, HeldShare, MemberEffect, Refusal, Secrets } from './effects.ts';
import type { CommitmentBody, ConsistentBody, DealBody, DealRef, DealtShare, ReadyBody, SurvivorsBody, UnmaskBody } from './messages.ts';
import type { IsQuorum } from './survivors.ts';

/** Holds a member's attempt, and the mark of the last one, which is never deleted. */
export const MEMBER_CELL = 'secagg';

export interface MemberConfig {
  readonly self: PeerId;
  /** Whether this device takes part on these terms and knows every key of the group; a refusal names the field. */
  readonly checkTerms: (attempt: AttemptTerms) => Refusal | null;
  readonly isQuorum: IsQuorum;
}

export interface Entered {
  readonly attempt: AttemptTerms;
  readonly leader: PeerId;
  readonly context: Hash;
}

/** A deal whose share fits. */
export interface Dealer extends DealRef {
  /** Its public mask key. */
  readonly key: Uint8Array;
}

export interface Begun {
  readonly dealers: readonly Dealer[];
  /** This member's shares of each dealer's secrets, in the same order. */
  readonly shares: readonly HeldShare[];
}

/** What is on disk at each stage. A later one lacks the secrets that it no longer needs. */
export type MemberAttempt =
  | (Entered & { readonly stage: 'dealing'; readonly channel: Uint8Array })
  | (Entered & {
      readonly stage: 'dealt';
      readonly channel: Uint8Array;
      readonly secrets: Secrets;
      readonly own: HeldShare;
      readonly deal: DealBody;
      readonly shares: readonly Uint8Array[];
    })
  | (Entered & Begun & { readonly stage: 'ready'; readonly secrets: Secrets; readonly ready: ReadyBody })
  | (Entered & Begun & { readonly stage: 'begun'; readonly secrets: Secrets })
  | (Entered & Begun & { readonly stage: 'masked'; readonly signed: Signed<CommitmentBody>; readonly vector: Uint8Array })
  | (Entered & Begun & { readonly stage: 'signed'; readonly survivors: SurvivorsBody; readonly consistent: ConsistentBody })
  | (Entered & { readonly stage: 'answered'; readonly unmask: UnmaskBody });

export type MemberStage = MemberAttempt['stage'];
export type AtStage<S extends MemberStage> = Extract<MemberAttempt, { readonly stage: S }>;

export interface MemberCell {
  readonly last: At | null;
  readonly attempt: MemberAttempt | null;
}

export interface MemberState {
  readonly config: MemberConfig;
  last: At | null;
  attempt: MemberAttempt | null;
  /** Key of the answer that is awaited. Not on disk: a job starts again after a restart, a payment never does. */
  awaited: string | null;
  /** The deals of the check that is under way. */
  checking: readonly DealtShare[];
  /** The leader has confirmed the masked vector. */
  isHeld: boolean;
  out: MemberEffect[];
}

export function restoreMember(config: MemberConfig, cell: MemberCell | null): MemberState {
  const { last, attempt } = cell ?? { last: null, attempt: null };
  return { config, last, attempt, awaited: null, checking: [], isHeld: false, out: [] };
}

export function advance(s: MemberState, attempt: MemberAttempt | null): void {
  s.attempt = attempt;
  const value: MemberCell = { last: s.last, attempt };
  s.out.push({ t: 'persist', puts: [{ key: MEMBER_CELL, value }], deletes: [] });
}

export const enteredOf = ({ attempt, leader, context }: Entered): Entered => ({ attempt, leader, context });

/** The one answer that this machine waits for from now on. */
export function awaitKey(s: MemberState, context: Hash, stage: string): string {
  s.awaited = `${context}/${stage}`;
  return s.awaited;
}

export function refuse(s: MemberState, what: string, refusal: Refusal): void {
  s.out.push({ t: 'emit', event: { t: 'refused', what, refusal } });
}

/** Forgets the attempt and its keys; what was paid stays paid. */
export function burn(s: MemberState): void {
  const { attempt } = s;
  if (attempt === null) return;
  const isPaid = attempt.stage !== 'dealing' && attempt.stage !== 'dealt' && attempt.stage !== 'ready';
  s.awaited = null;
  s.checking = [];
  advance(s, null);
  wipe(s, ...secretsIn(attempt));
  s.out.push({ t: 'emit', event: { t: 'burnt', context: attempt.context, isPaid } });
}

function secretsIn(attempt: MemberAttempt): Uint8Array[] {
  const shares = 'dealers' in attempt ? attempt.shares : 'own' in attempt ? [attempt.own] : [];
  const own = 'secrets' in attempt ? [attempt.secrets, ...shares] : shares;
  return [...own.flatMap(({ key, seed }) => [key, seed]), ...('channel' in attempt ? [attempt.channel] : [])];
}

/** Asks for zeros over secrets; an effect, because writes of earlier stages may still hold them. */
export function wipe(s: MemberState, ...secrets: readonly Uint8Array[]): void {
  s.out.push({ t: 'wipe', secrets });
}

/** Says again what the leader may have missed: the same bodies, the same masked bytes, in this context alone. */
export function repeat(s: MemberState): void {
  if (s.attempt === null) return;
  const draft = draftOf(s.attempt, s.isHeld);
  if (draft !== null) s.out.push({ t: 'send', to: s.attempt.leader, draft });
}

function draftOf(now: MemberAttempt, isHeld: boolean): Draft | null {
  switch (now.stage) {
    case 'dealt':
      return { t: 'deal', body: now.deal, shares: now.shares };
    case 'ready':
      return { t: 'ready', body: now.ready };
    case 'masked':
      return isHeld ? null : { t: 'plain', message: { t: 'masked', signed: now.signed, vector: now.vector } };
    case 'signed':
      return { t: 'consistent', body: now.consistent };
    case 'answered':
      return { t: 'unmask', body: now.unmask };
    default:
      return null;
  }
}
