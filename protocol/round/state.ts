/**
 * The state of one federation's round core, and how it is restored from what was persisted. Plain data; steps change it in place. What the
 * open slot's seats have said about it is the agreement's state; the rest is the round's.
 */
import { newAgreement, restoreAgreement, type AgreementState } from '../agreement/state.ts';
import type { Hash } from '../codec.ts';
import { idOf, type PeerId, type Signed } from '../identity.ts';
import type { Effect, MemberMode, TimerId } from './effects.ts';
import type { CertifiedRecord, Contribution, JoinBody, OpenBody, RecordBody, UpdateBody } from './messages.ts';
import { recordZero, updateId, type RoundConfig } from './record.ts';
import { ballotFrom, type Attest, type BallotCell } from './wire-names.ts';

export interface HeldUpdate {
  readonly signed: Signed<UpdateBody>;
  readonly vector: Uint8Array;
}

/** The open slot: everything here ends with its decision. */
export interface SlotState {
  readonly round: number;
  readonly joins: Map<PeerId, Signed<JoinBody>>;
  /** The list that came last; to a seat, the first of its view. */
  open: Signed<OpenBody> | null;
  /** The latest list of each leader: a member without a seat cannot tell whose view is open, so no liar may replace another's. */
  readonly lists: Map<PeerId, Signed<OpenBody>>;
  /** This leader's list is being signed. */
  opening: boolean;
  /** Steps of the clock that have passed since the list came, and the one in which the last update did (standing.ts). */
  step: number;
  arrived: number;
  /** The list waits out the whole window for proven members (standing.ts). */
  isExtended: boolean;
  readonly took: Map<PeerId, number>;
  /** What this leader will propose in the open view once the resulting state is known. */
  pendingProposal: { readonly key: string; readonly contributions: readonly Contribution[] } | null;
  /** Next states by the list of vectors they were computed from. */
  readonly computed: Map<string, { readonly hash: Hash; readonly bytes: Uint8Array } | 'pending'>;
  /** Computations asked for in the open view. */
  computes: number;
  /** Contributors' words for records, one a member. */
  readonly attests: Map<Hash, Map<PeerId, Attest>>;
  readonly timers: Set<TimerId>;
}

/** What has been collected from the head's state. */
export interface CollectState {
  /** The last list: only its members can have made an update from this state. */
  called: ReadonlySet<PeerId>;
  readonly updates: Map<PeerId, HeldUpdate>;
  /**
   * Second updates of members that signed two, by updateId: accepted only if an open record names one; otherwise one liar could stop every
   * round.
   */
  readonly alternates: Map<Hash, HeldUpdate>;
}

/** This peer as a contributor. */
export interface MemberState {
  mode: MemberMode;
  own: HeldUpdate | null;
  /** The budget pays for no update after this one. */
  last: boolean;
  /** The state that is being trained on. */
  training: Hash | null;
  /** Seats that hold this member's update durably. */
  readonly acked: Set<PeerId>;
}

/** What a seat has seen of members (standing.ts); bounded. */
export interface Standing {
  /** Members of certified models, the least recent first, and the step of the clock by which the last update of each had come. */
  readonly known: Map<PeerId, number>;
  /** Points against members that were waited for in vain, and the last round that they sit out. */
  readonly silent: Map<PeerId, { readonly doubt: number; readonly until: number }>;
  /** Members whose update came after their round had ended before its deadline: the next round waits for them until the deadline. */
  readonly late: Set<PeerId>;
  /** Members listed for the previous model that had sent nothing when it was made. */
  owing: { readonly state: Hash; readonly stateRound: number; readonly members: Set<PeerId> } | null;
  /** For present members that have never contributed: the round since which each has joined without being listed. */
  readonly waiting: Map<PeerId, number>;
  /** Milliseconds that may still be lost to silence; below zero, only members that have always answered are waited for. */
  credit: number;
  /** Milliseconds from the last list to its decision, at least. */
  pace: number;
  /**
   * Members that took part in the last slot or came too late for it: the next list waits for them; otherwise a quick round would shut
   * latecomers out forever.
   */
  expected: Set<PeerId>;
  /** Known members that came back during this slot: they are fetching the state and will join the next. */
  readonly returned: Set<PeerId>;
  /** Members that joined a round recently, and those that said done. */
  readonly seen: Set<PeerId>;
  readonly done: Set<PeerId>;
}

export interface RoundState {
  readonly config: RoundConfig;
  readonly isSeat: boolean;
  head: CertifiedRecord;
  headId: Hash;
  /** Null while the bytes of the head's state are being fetched. */
  stateBytes: Uint8Array | null;
  /** The state before, for peers one step behind. */
  previous: { readonly hash: Hash; readonly bytes: Uint8Array } | null;
  forked: boolean;
  agreement: AgreementState<RecordBody, Attest>;
  slot: SlotState;
  readonly collect: CollectState;
  readonly member: MemberState;
  readonly standing: Standing;
  peers: Set<PeerId>;
  /** Turns of asking for a missing state. */
  asks: number;
  /** What the last status of a seat said, for people. */
  lastStatus: { readonly phase: string; readonly joined: number } | null;
  /** Collects the effects of the step that runs. */
  out: Effect[];
}

/** A core has no clock: while it waits, a timer marks steps, each twice as long as all before it; the last is the deadline. */
export const STEPS = 10;

export function newSlot(round: number): SlotState {
  return {
    round,
    joins: new Map(),
    open: null,
    lists: new Map(),
    opening: false,
    step: 0,
    arrived: 0,
    isExtended: false,
    took: new Map(),
    pendingProposal: null,
    computed: new Map(),
    computes: 0,
    attests: new Map(),
    timers: new Set(),
  };
}

function newStanding({ deadlineMs }: RoundConfig, known: readonly PeerId[]): Standing {
  return {
    known: new Map(known.map((id) => [id, STEPS])),
    silent: new Map(),
    late: new Set(),
    owing: null,
    waiting: new Map(),
    credit: deadlineMs,
    pace: 0,
    expected: new Set(),
    returned: new Set(),
    seen: new Set(),
    done: new Set(),
  };
}

/** Keys of a core's cells. */
export const CELL = {
  ballot: 'ballot',
  open: 'open',
  own: 'own',
  forked: 'forked',
  known: 'known',
  update: (stateRound: number, member: PeerId) => `update/${stateRound}/${member}`,
  alternate: (id: Hash) => `alternate/${id}`,
} as const;

/** What a core finds again. */
export interface Stored {
  readonly head: CertifiedRecord | null;
  readonly cells: ReadonlyMap<string, unknown>;
  readonly blobs: ReadonlyMap<Hash, Uint8Array>;
}

const updatesKept = (cells: Stored['cells'], kind: 'update' | 'alternate'): Signed<UpdateBody>[] =>
  [...cells].flatMap(([key, value]) => (key.startsWith(`${kind}/`) ? [value as Signed<UpdateBody>] : []));

/** The blobs that it looks for. */
export function blobsWanted({ head, cells }: Pick<Stored, 'head' | 'cells'>): Hash[] {
  const updates = [...updatesKept(cells, 'update'), ...updatesKept(cells, 'alternate')];
  return [...(head === null ? [] : [head.record.state]), ...updates.map(({ body }) => body.vector)];
}

/** @param stored nothing at the first start */
export function restoreRound(config: RoundConfig, stored: Stored): RoundState {
  const { cells } = stored;
  const head = stored.head ?? recordZero(config);
  const { initialState: first } = config;
  const bytes = head.record.state === first.hash ? first.bytes : (stored.blobs.get(head.record.state) ?? null);
  const round = head.record.round + 1;
  const state: RoundState = {
    config,
    isSeat: config.seats.includes(config.self),
    head,
    headId: idOf(head.record),
    stateBytes: bytes,
    previous: null,
    forked: cells.has(CELL.forked),
    agreement: newAgreement(round),
    slot: newSlot(round),
    collect: { called: new Set(), updates: new Map(), alternates: new Map() },
    member: { mode: 'following', own: null, last: false, training: null, acked: new Set() },
    standing: newStanding(config, (cells.get(CELL.known) as PeerId[] | undefined) ?? []),
    peers: new Set(),
    asks: 0,
    lastStatus: null,
    out: [],
  };
  restoreSlot(state, cells);
  restoreUpdates(state, stored);
  return state;
}

function restoreSlot(s: RoundState, cells: ReadonlyMap<string, unknown>): void {
  const { round } = s.slot;
  const ballot = cells.get(CELL.ballot) as BallotCell | undefined;
  if (ballot?.round === round) {
    s.agreement = restoreAgreement(round, ballotFrom(ballot), idOf);
    const { lock } = ballot;
    if (lock !== null) s.slot.attests.set(idOf(lock.record), new Map(lock.attests.map((a) => [a.by, a])));
  }
  const open = cells.get(CELL.open) as Signed<OpenBody> | undefined;
  if (open?.body.round !== round) return;
  keepList(s, open);
}

/** Updates are accepted from its members. */
export function keepList({ isSeat, slot, collect }: RoundState, signed: Signed<OpenBody>): void {
  if (!isSeat || slot.open === null) slot.open = signed;
  slot.lists.set(signed.by, signed);
  collect.called = new Set(signed.body.members);
}

function restoreUpdates(s: RoundState, { cells, blobs }: Stored): void {
  const { state, stateRound } = s.head.record;
  const isCurrent = ({ body }: Signed<UpdateBody>) => body.state === state && body.stateRound === stateRound;
  const found = (kind: 'update' | 'alternate'): HeldUpdate[] =>
    updatesKept(cells, kind).flatMap((signed) => {
      const vector = blobs.get(signed.body.vector);
      return vector !== undefined && isCurrent(signed) ? [{ signed, vector }] : [];
    });
  for (const held of found('update')) s.collect.updates.set(held.signed.by, held);
  for (const held of found('alternate')) s.collect.alternates.set(updateId(held.signed), held);
  const own = cells.get(CELL.own) as HeldUpdate | undefined;
  if (own === undefined || !isCurrent(own.signed)) return;
  s.member.own = own;
  s.collect.updates.set(s.config.self, own);
}
