/**
 * What a peer needs from its platform: a page's worker (platform-page.ts) or Node (platform-node.ts). The peer itself (peer.ts) is the same
 * in both.
 */
import type { Hash } from '#protocol/codec';
import type { Identity } from '#protocol/identity';
import type { Manifest } from '#protocol/manifest/manifest';
import type { Withdrawal } from '#protocol/manifest/withdrawal';
import type { BudgetStore } from '#protocol/privacy/ledger/budget';
import type { CurveTerms, RoundCurve } from '#protocol/privacy/round-curve';
import type { ReportGuarantee, ReportPhase } from '#protocol/privacy/ledger/report-shape';
import type { Storage } from '#protocol/driver/ports';
import type { Aggregate } from '#protocol/robust/rule';
import type { Departure, Transport, TransportEvents } from '#signaling/transport';
import type { RoundLine, Score } from '../api.ts';
import type { LedgerKeys } from '../ledger/ledger-keys.ts';
import type { TrainerEndpoint } from '../rows/trainer-endpoint.ts';
import type { RecordSource } from '../ledger/witnessed.ts';
import type { RecordingStore, KeyValueStore } from '../platform/key-value-store.ts';

/** What a reload needs to resume a federation without asking again. */
export interface KeptSession {
  /** The budget that was agreed to. */
  readonly epsilon: number;
  /** Name of the rows' account; sessions from before rows had their own accounts use the rows' digest. */
  readonly account?: string;
  /** Hash of the consent text that was agreed to: another text asks again. */
  readonly consent: Hash;
  readonly paused: boolean;
  /** Asked to leave once the round it has a part in is over: a reload does not forget that. */
  readonly finishing?: boolean;
  /** Rounds this device contributed to. */
  readonly contributed: number;
}

/** What the page can look back on after a reload. */
export interface KeptHistory {
  readonly rounds: readonly RoundLine[];
  readonly scores: readonly Score[];
}

export interface Platform {
  readonly trainer: TrainerEndpoint;
  readonly budget: BudgetStore;
  readonly ledger: LedgerKeys;
  readonly sessions: KeyValueStore<KeptSession>;
  /** Absent where no person moves the device. */
  readonly recordings?: RecordingStore;
  /** Absent where nobody looks back. */
  readonly history?: KeyValueStore<KeptHistory>;
  /** The stored key of a federation, or one that ends with this process. */
  identity(federation: Hash): Promise<Identity>;
  /** Called on joining, when others know this device by its key; absent if every key is kept. */
  keepIdentity?(federation: Hash): Promise<void>;
  storage(federation: Hash): Storage;
  /** Computes states off this thread, if there are others. */
  readonly aggregate: Aggregate;
  /** A content-addressed blob of the relay, not yet verified. @throws MeshError not-found, frame-too-large */
  blob(hash: Hash, maxBytes: number): Promise<Uint8Array>;
  /** Certified records of a federation from a round on; absent if only the room is asked. */
  readonly records?: RecordSource;
  /** How federations end; absent if no relay is asked. */
  readonly withdrawals?: {
    /** The key of the steward of a federation that was founded here. */
    steward(federation: Hash): Promise<Identity | null>;
    /** What a steward signed to end one, not verified. @throws MeshError not-found */
    fetch(federation: Hash): Promise<unknown>;
    send(federation: Hash, signed: Withdrawal): Promise<void>;
    /** Those that were verified here; absent where nobody looks back. */
    readonly proven?: KeyValueStore<Withdrawal>;
  };
  open(manifest: Manifest, identity: Identity, events: TransportEvents, onDeparture: (departure: Departure) => void): Transport;
  /** Origin of the page, for reports; absent if there is none. */
  readonly site?: string;
  /** Runs a report's accountants off this thread; if absent, they run in it. */
  guarantee?(phases: readonly ReportPhase[], delta: number): Promise<ReportGuarantee>;
  /** Computes what rounds cost by the loss distribution off this thread; if absent, in it. */
  curve?(terms: CurveTerms): Promise<RoundCurve>;
  /** Milliseconds since the epoch, for people. */
  now(): number;
  /** Deletes everything of this device except the budget ledger, its keys and its row accounts. */
  forget(): Promise<void>;
  /** Deletes those too: whoever uses this device next starts with nothing spent. Only at a person's explicit request. */
  forgetLedger(): Promise<void>;
}
