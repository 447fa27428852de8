/** The state of one federation's round core, and how it is brought back from what was persisted. Plain data; steps change it in place. */
import type { Hash } from '../codec.ts';
import { idOf, type PeerId, type Signed } from '../identity.ts';
import type { Effect, MemberMode, TimerId } from './effects.ts';
import type {
  AttestBody,
  CertifiedRecord,
  ChangeMessage,
  Contribution,
  JoinBody,
  Lock,
  OpenBody,
  RecordBody,
  UpdateBody,
  VoteBody,
} from './messages.ts';
import { recordZero, type RoundConfig } from './record.ts';
import { newStanding, type Standing } from './standing.ts';

export interface HeldUpdate {
  readonly signed: Signed<UpdateBody>;
  readonly vector: Uint8Array;
}

/** What a seat must remember of its votes; persisted before any of them is sent. */
export interface Ballot {
  readonly round: number;
  readonly view: number;
  /** The last record it prepared, whole, so that it can say so again. */
  readonly prepared: { readonly view: number; readonly record: RecordBody } | null;
  readonly committed: { readonly view: number; readonly record: Hash } | null;
  readonly lock: Lock | null;
}

/** The open slot: everything here ends with its decision. */
export interface SlotState {
  readonly round: number;
  ballot: Ballot;
  readonly joins: Map<PeerId, Signed<JoinBody>>;
  open: Signed<OpenBody> | null;
  /** This leader's list is being signed. */
  opening: boolean;
  /** Steps of the clock that have passed since the list came, and the one in which the last update did (standing.ts). */
  step: number;
  arrived: number;
  readonly took: Map<PeerId, number>;
  /** Records that were proposed, by id; bounded. */
  readonly records: Map<Hash, RecordBody>;
  /** The latest proposal of each view; how often a seat may prepare in one is the ballot's matter. */
  readonly proposals: Map<number, { readonly record: Hash; readonly from: PeerId }>;
  /** This peer's own proposals, to be said again. */
  proposed: { readonly view: number; readonly record: RecordBody; readonly changes: readonly ChangeMessage[] } | null;
  /** What this peer wants to propose once the aggregate is known. */
  wish: {
    readonly view: number;
    readonly key: string;
    readonly contributions: readonly Contribution[];
    readonly changes: readonly ChangeMessage[];
  } | null;
  /** Next states by the list of vectors they were computed from. */
  readonly computed: Map<string, { readonly hash: Hash; readonly bytes: Uint8Array } | 'pending'>;
  /** Computations asked for in the open view. */
  computes: number;
  readonly attests: Map<Hash, Map<PeerId, Signed<AttestBody>>>;
  readonly attested: Set<Hash>;
  /** Second updates of members that signed two, by updateId: taken only when a proposal names one, or one liar could stop every round. */
  readonly alternates: Map<Hash, HeldUpdate>;
  /** Votes by "prepare:view" or "commit:view", one a seat. */
  readonly votes: Map<string, Map<PeerId, Signed<VoteBody>>>;
  /** The latest change of each seat. */
  readonly changes: Map<PeerId, ChangeMessage>;
  readonly timers: Set<TimerId>;
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
  slot: SlotState;
  /** Who took part in the last slot or came too late for it: the next list waits for them, or a quick round would shut latecomers out for ever. */
  expected: Set<PeerId>;
  /** Known members that came back during this slot: they are fetching the state and will join the next. */
  readonly returned: Set<PeerId>;
  /** The last list of this state: only its members can have made an update from it. */
  called: ReadonlySet<PeerId>;
  readonly standing: Standing;
  /** Updates from the head's state. */
  readonly updates: Map<PeerId, HeldUpdate>;
  peers: Set<PeerId>;
  /** Members that joined a round of late, and those that said done; bounded. */
  readonly seen: Set<PeerId>;
  readonly done: Set<PeerId>;
  mode: MemberMode;
  own: HeldUpdate | null;
  /** The budget pays for no update after this one. */
  last: boolean;
  /** The state that is being trained on. */
  training: Hash | null;
  /** Seats that hold this member's update durably. */
  readonly acked: Set<PeerId>;
  forked: boolean;
  /** Turns of asking for a missing state. */
  asks: number;
  /** What the last status of a seat said, for people. */
  lastStatus: { readonly phase: string; readonly joined: number } | null;
  /** Collects the effects of the step that runs. */
  out: Effect[];
}

export function newSlot(round: number): SlotState {
  return {
    round,
    ballot: { round, view: 0, prepared: null, committed: null, lock: null },
    joins: new Map(),
    open: null,
    opening: false,
    step: 0,
    arrived: 0,
    took: new Map(),
    records: new Map(),
    proposals: new Map(),
    proposed: null,
    wish: null,
    computed: new Map(),
    computes: 0,
    attests: new Map(),
    attested: new Set(),
    alternates: new Map(),
    votes: new Map(),
    changes: new Map(),
    timers: new Set(),
  };
}

/** Keys of what a core persists. */
export const CELL = {
  head: 'head',
  state: 'state',
  ballot: 'ballot',
  open: 'open',
  own: 'own',
  forked: 'forked',
  known: 'known',
  update: (stateRound: number, member: PeerId) => `update/${stateRound}/${member}`,
} as const;

/**
 * @param cells what was persisted, decoded; empty at the first start
 */
export function restoreRound(config: RoundConfig, cells: ReadonlyMap<string, unknown>): RoundState {
  const zero = recordZero(config);
  const head = (cells.get(CELL.head) as CertifiedRecord | undefined) ?? zero;
  const kept = cells.get(CELL.state) as { hash: Hash; bytes: Uint8Array } | undefined;
  const bytes =
    head.record.state === config.initialState.hash ? config.initialState.bytes : kept?.hash === head.record.state ? kept.bytes : null;
  const state: RoundState = {
    config,
    isSeat: config.seats.includes(config.self),
    head,
    headId: idOf(head.record),
    stateBytes: bytes,
    previous: null,
    slot: newSlot(head.record.round + 1),
    expected: new Set(),
    returned: new Set(),
    called: new Set(),
    standing: newStanding(config, (cells.get(CELL.known) as PeerId[] | undefined) ?? []),
    updates: new Map(),
    peers: new Set(),
    seen: new Set(),
    done: new Set(),
    mode: 'following',
    last: false,
    own: null,
    training: null,
    acked: new Set(),
    forked: cells.has(CELL.forked),
    asks: 0,
    lastStatus: null,
    out: [],
  };
  const ballot = cells.get(CELL.ballot) as Ballot | undefined;
  if (ballot?.round === state.slot.round) {
    state.slot.ballot = ballot;
    for (const record of [ballot.prepared?.record, ballot.lock?.record]) if (record) state.slot.records.set(idOf(record), record);
    if (ballot.lock !== null) {
      const { view, record, prepares, attests } = ballot.lock;
      state.slot.attests.set(idOf(record), new Map(attests.map((a) => [a.by, a])));
      state.slot.votes.set(`prepare:${view}`, new Map(prepares.map((p) => [p.by, p])));
    }
  }
  const open = cells.get(CELL.open) as Signed<OpenBody> | undefined;
  if (open?.body.round === state.slot.round) {
    state.slot.open = open;
    state.called = new Set(open.body.members);
  }
  const current = (held: HeldUpdate | undefined) =>
    held?.signed.body.state === head.record.state && held.signed.body.stateRound === head.record.stateRound;
  for (const [key, value] of cells) {
    if (key.startsWith('update/') && current(value as HeldUpdate)) state.updates.set((value as HeldUpdate).signed.by, value as HeldUpdate);
  }
  const own = cells.get(CELL.own) as HeldUpdate | undefined;
  if (own !== undefined && current(own)) {
    state.own = own;
    state.updates.set(config.self, own);
  }
  return state;
}
