/** What a leader keeps of one group's attempt: in memory until the dealers are agreed, then cell by cell, so that a restart goes on. */
import type { Hash } from '../codec.ts';
import type { PeerId, Signed } from '../identity.ts';
import { contextOf, type AttemptTerms } from './context.ts';
import type { CarrierEffect, CarrierStage, Persist } from './effects.ts';
import type { BeginBody, CommitmentBody, ConsistentBody, DealBody, ReadyBody, SurvivorsBody, UnmaskBody } from './messages.ts';
import { keptOf, type IsQuorum } from './survivors.ts';

export interface CarrierConfig {
  readonly self: PeerId;
  readonly isQuorum: IsQuorum;
}

export interface HeldDeal {
  readonly signed: Signed<DealBody>;
  readonly shares: readonly Uint8Array[];
}

/** The cell of the dealers, the first of an attempt. */
interface BegunCell {
  readonly attempt: AttemptTerms;
  readonly deals: readonly Signed<DealBody>[];
  readonly begin: BeginBody;
}

export interface CarrierState {
  readonly config: CarrierConfig;
  readonly attempt: AttemptTerms;
  readonly context: Hash;
  stage: CarrierStage;
  readonly deals: Map<PeerId, HeldDeal>;
  readonly readies: Map<PeerId, ReadyBody>;
  begin: BeginBody | null;
  /** Signed commitments; their vectors are blobs. */
  readonly masked: Map<PeerId, Signed<CommitmentBody>>;
  survivors: SurvivorsBody | null;
  certificate: readonly Signed<SurvivorsBody>[];
  readonly signatures: Map<PeerId, Signed<ConsistentBody>>;
  readonly answers: Map<PeerId, UnmaskBody>;
  /** Members whose shares did not fit; they are not asked again. */
  readonly misfits: Set<PeerId>;
  /** Key of the unmasking that is under way. */
  awaited: string | null;
  out: CarrierEffect[];
}

type Part = 'begun' | 'survivors' | 'fixed' | 'agreed' | 'sum' | `masked/${PeerId}`;
/** Cells of one attempt: an attempt's context names nothing else. */
const cellKey = (context: Hash, part: Part): string => `secagg/${context}/${part}`;

export function openCarrier(config: CarrierConfig, attempt: AttemptTerms): CarrierState {
  return {
    config,
    attempt,
    context: contextOf(attempt),
    stage: 'dealing',
    deals: new Map(),
    readies: new Map(),
    begin: null,
    masked: new Map(),
    survivors: null,
    certificate: [],
    signatures: new Map(),
    answers: new Map(),
    misfits: new Set(),
    awaited: null,
    out: [],
  };
}

/**
 * The attempt at its last durable stage. Before the dealers are agreed there is none, and the attempt opens anew: it may fail, because a
 * member that has checked deals deals no second time, but nobody has paid for it.
 */
export function restoreCarrier(config: CarrierConfig, attempt: AttemptTerms, cells: ReadonlyMap<string, unknown>): CarrierState {
  const s = openCarrier(config, attempt);
  const begun = cells.get(cellKey(s.context, 'begun')) as BegunCell | undefined;
  if (begun === undefined) return s;
  for (const signed of begun.deals) s.deals.set(signed.by, { signed, shares: [] });
  s.begin = begun.begin;
  for (const { member } of begun.begin.dealers) {
    const signed = cells.get(cellKey(s.context, `masked/${member}`)) as Signed<CommitmentBody> | undefined;
    if (signed !== undefined) s.masked.set(member, signed);
  }
  s.survivors = (cells.get(cellKey(s.context, 'survivors')) as SurvivorsBody | undefined) ?? null;
  s.certificate = (cells.get(cellKey(s.context, 'fixed')) as readonly Signed<SurvivorsBody>[] | undefined) ?? [];
  const agreed = (cells.get(cellKey(s.context, 'agreed')) as readonly Signed<ConsistentBody>[] | undefined) ?? [];
  for (const signed of agreed) s.signatures.set(signed.by, signed);
  s.stage = s.survivors === null ? 'masking' : 'fixing';
  if (s.certificate.length > 0) s.stage = 'agreeing';
  if (agreed.length > 0) s.stage = 'unmasking';
  if (cells.has(cellKey(s.context, 'sum'))) s.stage = 'summed';
  return s;
}

export function keep(s: CarrierState, part: Part, value: unknown, blob?: { readonly hash: Hash; readonly bytes: Uint8Array }): void {
  const key = cellKey(s.context, part);
  const effect: Persist =
    blob === undefined
      ? { t: 'persist', puts: [{ key, value }], deletes: [] }
      : { t: 'persist', puts: [{ key, value, blob: blob.hash }], deletes: [], blobs: [blob] };
  s.out.push(effect);
}

export function keepBegun(s: CarrierState, begin: BeginBody): void {
  const deals = begin.dealers.map(({ member }) => s.deals.get(member)!.signed);
  const value: BegunCell = { attempt: s.attempt, deals, begin };
  s.begin = begin;
  keep(s, 'begun', value);
}

export function setStage(s: CarrierState, stage: CarrierStage): void {
  s.stage = stage;
  if (stage === 'summed' || stage === 'failed') return;
  s.out.push({ t: 'timer', stage, wait: stage === 'masking' ? 'deadline' : 'step' });
}

/** Too few are left. Members paid for it from the moment on when they could mask. */
export function fail(s: CarrierState): void {
  const { stage, context } = s;
  setStage(s, 'failed');
  s.out.push({ t: 'emit', event: { t: 'failed', context, stage, isPaid: s.begin !== null } });
}

export const keptIn = (s: CarrierState): readonly PeerId[] =>
  s.survivors === null ? [] : keptOf(s.attempt.terms.members, s.survivors.kept)!;
