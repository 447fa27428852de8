/**
 * What the page asks of a practice thread: one made-up participant each, or the seat that decides their rounds. Nothing of it is
 * kept, nothing leaves the page, and no budget of a person is touched: keys, ledgers and rows are in memory and go with the thread.
 */
import type { PeerId } from '#protocol/identity';
import type { ManifestBody, SignedManifest } from '#protocol/manifest/manifest';
import type { PortTo } from '#signaling/in-page-mesh';
import type { Result, PeerWorker, Problem, Snapshot } from '../api.ts';

/** Where a practice participant's rows come from: a share of a sample file, or a program that follows the task's description. */
export type PracticeRows =
  /** Every `of`-th row of a sample under /samples/, from place `index` on; rows that ship with the page and are nobody's. */
  | { readonly sample: string; readonly index: number; readonly of: number }
  /** Made up from the task; another seed gives other rows. */
  | { readonly seed: string };

/** A practice federation: like a real one, and never the same. */
export interface Founded {
  readonly manifest: SignedManifest;
  /** Bytes of its test set; null when it has none. */
  readonly testSet: Uint8Array<ArrayBuffer> | null;
}

export interface PracticeEntry {
  readonly manifest: SignedManifest;
  readonly testSet: Uint8Array<ArrayBuffer> | null;
  readonly rows: PracticeRows;
  /** True for company: its snapshots come without scores and past rounds, which nobody looks at, and with few lines of its outbox. */
  readonly brief: boolean;
}

export interface PracticeWorker {
  /** First call: makes this participant's key, for this practice alone. */
  identify(): Promise<Result<PeerId>>;
  /**
   * The seat's second call.
   * @param like the federation to practise for
   * @param members contributors of every round
   * @param testSet bytes of its public test set where the samples that ship with the page fit it; null: one is made up
   * @param sampled the members bring samples
   */
  found(like: ManifestBody, members: number, sampled: boolean, testSet: Uint8Array | null): Promise<Result<Founded>>;
  /** The seat's third: decides rounds among those that hold the other ends. */
  sit(ports: readonly PortTo[], failed: (problem: Problem) => void): Promise<Result<null>>;
  /** A participant's second call: brings made-up rows and takes part at once. */
  takePart(entry: PracticeEntry, ports: readonly PortTo[], listener: (snapshot: Snapshot) => void): Promise<Result<null>>;
  /**
   * Accuracy on the practice's test set of the best model that this participant makes alone, without privacy, of its own rows. Keeps its
   * thread busy for a second or two at most. @returns null without a test set, and where it would take longer
   */
  alone(): Promise<Result<number | null>>;
  /** A participant's model. */
  download: PeerWorker['download'];
}
