/**
 * The page's view of the workers: plain data and comlink-friendly calls. The peer worker owns this browser profile's identity, budget, rows
 * and rounds; the page only asks and shows.
 */
import type { Progress } from './listener.ts';
import type { Hash } from '#protocol/codec';
import type { ErrorCode, ErrorDetail } from '#protocol/errors';
import type { PeerId } from '#protocol/identity';
import type { SignedManifest } from '#protocol/manifest/manifest';
import type { SignedReport } from '#protocol/privacy/ledger/report-check';
import type { LinkPath } from '#signaling/links/link';

/** Errors cross the worker boundary as data: comlink would lose their code. */
export type Result<T, E = Problem> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly error: E };
export interface Problem {
  readonly code: ErrorCode;
  readonly detail: ErrorDetail;
}

/** What was found in a file: one entry per kind and column. The page has a sentence for each code. */
export interface Finding {
  readonly code: FindingCode;
  /** How it was handled: rows or files left out, cells read as something else, or nothing changed. */
  readonly action: 'left-out' | 'read-as' | 'kept';
  readonly column: string | null;
  /** Rows (or files, in their order) affected; `rows` has the first few numbers, counted from 1, header included. */
  readonly count: number;
  readonly rows: readonly number[];
  readonly expected: string | null;
  /** The first such cell, shortened. */
  readonly got: string | null;
  /** What such cells are read as. */
  readonly readAs: string | null;
}

export type FindingCode =
  | 'encoding'
  | 'separator'
  | 'comment-lines'
  | 'no-header'
  | 'header-written'
  | 'columns-unread'
  | 'column-count'
  | 'missing'
  | 'value-type'
  | 'number-written'
  | 'date-written'
  | 'category-written'
  | 'category-unknown'
  | 'label-missing'
  | 'label-unknown'
  | 'label-written'
  | 'label-repeated'
  | 'clamped'
  | 'duplicates'
  | 'imbalance'
  | 'one-class'
  | 'unit-rows'
  | 'rows-part'
  | 'list-ambiguous'
  | 'image-unreadable'
  | 'image-too-large'
  | 'image-animated'
  | 'image-shape'
  | 'image-unlabelled'
  | 'recording-answers'
  | 'recording-cell'
  | 'recording-constant'
  | 'recording-copies'
  | 'recording-file'
  | 'recording-gaps'
  | 'recording-order'
  | 'recording-overlap'
  | 'recording-rate'
  | 'recording-sensors'
  | 'recording-short'
  | 'recording-unlabelled'
  | 'recording-unreadable'
  | 'recording-windows';

/** What a file turned out to be. This stays on the device. */
export interface DataReport {
  readonly name: string;
  /** Rows that updates are made from. */
  readonly rows: number;
  /** Rows kept aside for the member's own check; never trained on. */
  readonly heldOut: number;
  /** Units of privacy among `rows`: groups if the manifest says so, otherwise the rows themselves. */
  readonly units: number;
  /** Columns of a table; 0 for pictures and drawings. */
  readonly columns: number;
  /** Rows per class, in the manifest's class order, including those kept aside. */
  readonly classCounts: readonly number[];
  readonly hasHeader: boolean;
  readonly findings: readonly Finding[];
  /** True for made-up rows: the sample that ships with the page, or practice rows. */
  readonly synthetic: boolean;
}

/** What an epsilon buys in one federation, before anything is spent. */
export interface BudgetOffer {
  readonly epsilon: number;
  readonly delta: number;
  /** Rounds that this device can pay for, of those that the federation has left. */
  readonly rounds: number;
  /** Rounds that the federation has left of its T. */
  readonly left: number;
  /** What this data will have spent after those rounds, and the bytes they send. */
  readonly cost: number;
  readonly bytes: number;
  /** Already spent by this data account on this device. */
  readonly spent: number;
  /** What loading revealed about the account; absent if an earlier page loaded the rows. */
  readonly rows?: RowsAccount;
}

/** The account that pays for the rows just loaded. */
export interface RowsAccount {
  /** Rows that this browser has seen before, in any file or federation. */
  readonly known: number;
  /** Accounts that these belonged to; several are merged, and the bill is what all of them paid. */
  readonly accounts: number;
  /** True if the person said that the rows are other people's, which gives them a separate account. */
  readonly others: boolean;
}

/** The budget ledger of this site and browser, in numbers. */
export interface LedgerSummary {
  readonly self: PeerId;
  readonly records: number;
  /** Rounds paid for here, and data accounts that paid. */
  readonly rounds: number;
  readonly accounts: number;
  /** Imported rounds: from other ledgers of the same person, and those known only from certified records. */
  readonly imported: number;
  /** Counted in full because this ledger was restored and the truth is unknown: the agreed limit of each such federation. */
  readonly held: readonly { readonly federation: Hash; readonly title: string; readonly epsilon: number; readonly rounds: number }[];
}

export type Activity =
  | 'connecting'
  | 'waiting-for-relay'
  | 'fetching-model'
  /** Reads the federation's records before paying for anything; the snapshot's problem says why it takes long. */
  | 'checking'
  | 'gathering'
  | 'training'
  | 'waiting-for-others'
  | 'deciding'
  | 'paused'
  | 'leaving'
  | 'left'
  | 'budget-spent'
  /** Needs people whose rows have not been used here: those present have spent their budgets. */
  | 'waiting-for-new'
  /** T models are made: nobody pays for another round. */
  | 'finished'
  /** The steward ended it for good; the model stays. */
  | 'ended'
  | 'failed';

export interface PeerView {
  readonly peer: PeerId;
  readonly path: LinkPath;
  /** A seat of the federation (the relay, or a member that votes). */
  readonly seat: boolean;
  /** A home relay's own seat, which does not train. */
  readonly relay: boolean;
}

/** How good a model is on rows: the fraction correct for classes, the mean absolute error in the answer's unit for numbers. */
export type Goodness = { readonly accuracy: number } | { readonly error: number };

/** How good one certified model is on the public test set, and its mean loss. */
export type Score = Goodness & { readonly round: number; readonly loss: number };

/** One decided round as this device saw it. Times are milliseconds since the epoch. */
export interface RoundLine {
  readonly round: number;
  readonly kind: 'model' | 'skip';
  readonly contributors: number;
  /** When this tab sent its own update for the round; null if it sent none. */
  readonly updateSentAt: number | null;
  /** When the certified record arrived. */
  readonly decidedAt: number;
  /** Whether this device's update is in it, and if not, why. A skip has no updates. */
  readonly part: 'in' | 'late' | 'absent' | 'paused' | 'spent' | 'watching';
  /** Sent and received by this tab since the previous round. */
  readonly bytesOut: number;
  readonly bytesIn: number;
  /** Epsilon that this device's account had spent by then; null without rows. */
  readonly spentAfter: number | null;
}

/** One line of "what left my device", written by the code that sends. A repeated message adds to its line. */
export interface OutboxLine {
  /** Last time, in milliseconds since the epoch. */
  readonly at: number;
  readonly times: number;
  /** Type of the message: update, join, vote … */
  readonly kind: string;
  readonly bytes: number;
  readonly to: PeerId;
  readonly path: LinkPath;
  /** How an update was protected, and its hash; null for other messages. */
  readonly update: { readonly hash: Hash; readonly sigma: number; readonly clip: number } | null;
}

/** Everything the train page shows, replaced as a whole at most four times a second. */
export interface Snapshot {
  readonly federation: Hash;
  readonly self: PeerId;
  readonly activity: Activity;
  /** What went wrong, if the activity failed or the relay refused. */
  readonly problem: Problem | null;
  /** Last decided round; 0 is the initial model. */
  readonly round: number;
  /** Hash of the state file of that round. */
  readonly state: Hash | null;
  /** Models that the federation has made; it is finished at the manifest's T. */
  readonly made: number;
  /** How many more people with unused rows it needs to continue; 0 unless it is waiting for them. */
  readonly lacking: number;
  /** Model rounds and skips seen by this tab. */
  readonly models: number;
  readonly skips: number;
  /** Rounds this device contributed to. */
  readonly contributed: number;
  readonly joined: number;
  readonly needed: number;
  readonly peers: readonly PeerView[];
  readonly scores: readonly Score[];
  /**
   * The score of always predicting the public test set's most frequent class, or its median; null until the set arrives, or without one.
   */
  readonly guessing: number | null;
  /** The last rounds, oldest first. */
  readonly rounds: readonly RoundLine[];
  readonly budget: {
    readonly epsilon: number;
    readonly spent: number;
    readonly delta: number;
    /** Rounds that this device can join after the one its pending update is for. */
    readonly roundsLeft: number;
  };
  /** This device's rounds that the federation's records showed and its ledger lacked; now counted. */
  readonly recovered?: number;
  /** It was founded on this device, and can be ended here. */
  readonly isSteward?: boolean;
  readonly bytesOut: number;
  readonly bytesIn: number;
  readonly outbox: readonly OutboxLine[];
  /** True in a tab that mirrors the tab holding this profile's lock. */
  readonly mirror: boolean;
  readonly data: DataReport | null;
}

/** A picture that a person drew at the task's size: width x height x colours bytes, and its class number. */
export interface Drawing {
  readonly pixels: Uint8Array;
  readonly label: number;
}

/** Measurements from start to end: one unit of privacy, which becomes one or more windows. */
export interface Recording {
  readonly id: string;
  /** Class number. */
  readonly label: number;
  /** Moments x channels of the task, moment by moment, in the task's units; NaN for a missing value. */
  readonly values: Float32Array<ArrayBuffer>;
}

/** A recording that this device made and keeps for one federation. */
export interface KeptRecording extends Recording {
  /** When it began, in milliseconds since the epoch; for display. */
  readonly at: number;
  /** Moments per second. */
  readonly rate: number;
}

/**
 * Where rows come from: a table file, pictures (a folder's files; a CSV among them labels them), drawings, recordings, or a sample's name.
 */
export type PageSource =
  | { readonly file: File }
  | { readonly pictures: readonly File[] }
  | { readonly drawings: readonly Drawing[] }
  | { readonly recordings: readonly Recording[] }
  /** For a sequence task: one file per recording and one with their answers, or a single file with all lines. */
  | { readonly recordingFiles: readonly File[] }
  | { readonly sample: string };

export interface PeerWorker {
  /** First call. `rtc` leads to the main thread's WebRTC host; `relay` is an http(s) origin. */
  start(rtc: MessagePort | null, relay: string, listener: (snapshot: Snapshot) => void): Promise<Result<{ readonly self: string }>>;
  /** Checks a manifest against this device's floor, enters its room and follows the model. Resumes a stored session by itself. */
  follow(manifest: SignedManifest): Promise<Result<{ readonly resumed: boolean }>>;
  /**
   * @param heldOut share of the units, 0 to 0.5, kept aside for the member's own check; their content alone decides which
   * @param part share of the units that is read at all, 1 by default; drawn separately
   * @param progress called with the part of a table read so far; returns whether to continue. If not, load fails with `stale`
   */
  load(source: PageSource, heldOut?: number, part?: number, progress?: Progress): Promise<Result<DataReport>>;
  offer(epsilon: number): Promise<Result<BudgetOffer>>;
  /** Marks the loaded rows as other people's (a separate account), or undoes that. Only before joining. */
  setRowOwner(others: boolean): Promise<Result<null>>;
  /** Consents to this text; training starts with the next round. */
  join(epsilon: number, consent: string): Promise<Result<null>>;
  pause(): Promise<Result<null>>;
  resume(): Promise<Result<null>>;
  /** Finishes the round this tab takes part in, then leaves. */
  finish(): Promise<Result<null>>;
  leave(): Promise<Result<null>>;
  /** Ends the federation for everybody, for good; only on the device that founded it (Snapshot.isSteward). */
  withdraw(): Promise<Result<null>>;
  /** The certified model as safetensors with a metadata block. */
  download(): Promise<Result<{ readonly name: string; readonly bytes: Uint8Array<ArrayBuffer> }>>;
  /** The signed privacy report of this federation's account of rows. Takes seconds. @returns not-found if nothing was paid for */
  report(): Promise<Result<SignedReport>>;
  /** Deletes rows, keys, votes and sessions of this origin. The budget ledger stays, because what was sent cannot be taken back. */
  forget(): Promise<Result<null>>;
  ledger(): Promise<Result<LedgerSummary>>;
  /** Recordings made here for the current federation, oldest first. They stay until dropped or until everything is forgotten. */
  recordings(): Promise<Result<readonly KeptRecording[]>>;
  /** Keeps the recording unchanged. @returns as a problem: wrong-length, field-invalid, rows-too-many above RECORDINGS_MAX */
  keepRecording(recording: KeptRecording): Promise<Result<null>>;
  dropRecording(id: string): Promise<Result<null>>;
  /** Stops counting what a federation may have cost beyond what is known (LedgerSummary.held), at the person's choice. */
  writeOff(federation: Hash): Promise<Result<LedgerSummary>>;
  /** The ledger as a signed file. */
  exportLedger(): Promise<Result<{ readonly name: string; readonly text: string }>>;
  /** Imports a ledger file. @param mine whether the person says that a ledger with another key is theirs too */
  importLedger(file: Blob, mine: boolean): Promise<Result<LedgerSummary>>;
  /** Sets the number of threads for training. @returns the number granted; a mirroring tab remembers it for later */
  threads(count: number): Promise<Result<number>>;
  /** Leaves, and deletes everything of this origin, including the budget ledger: for another person, whose rows nobody has used. */
  newPerson(): Promise<Result<null>>;
}
