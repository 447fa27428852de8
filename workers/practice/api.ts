/**
 * The page's calls to a practice thread: one made-up participant, or the seat that decides their rounds. Nothing is kept or leaves the
 * page, and no person's budget is touched: keys, ledgers and rows are in memory and end with the thread.
 */
import type { PeerId } from '#protocol/identity';
import type { ManifestBody, SignedManifest } from '#protocol/manifest/manifest';
import type { PortTo } from '#signaling/in-page-mesh';
import type { Result, PeerWorker, Problem, Snapshot } from '../api.ts';

/** Where a practice participant's rows come from. */
export type PracticeRows =
  /** Every `of`-th row of a sample under /samples/, from row `index` on; these rows ship with the page and are nobody's. */
  | { readonly sample: string; readonly index: number; readonly of: number }
  /** Made up from the task; another seed gives other rows. */
  | { readonly seed: string };

/** A practice federation: like a real one, under an id of its own. */
export interface Founded {
  readonly manifest: SignedManifest;
  /** Bytes of its test set; null if it has none. */
  readonly testSet: Uint8Array<ArrayBuffer> | null;
}

export interface PracticeEntry {
  readonly manifest: SignedManifest;
  readonly testSet: Uint8Array<ArrayBuffer> | null;
  readonly rows: PracticeRows;
  /** For companions, whose snapshots omit scores and past rounds, which nobody looks at, and most of the outbox. */
  readonly brief: boolean;
}

export interface PracticeWorker {
  /** First call: makes this participant's key, for this practice alone. */
  identify(): Promise<Result<PeerId>>;
  /**
   * The seat's second call.
   * @param like the federation to practise for
   * @param members contributors of every round
   * @param testSet bytes of its public test set if the page's samples fit it; null: one is made up
   * @param sampled whether the members bring samples
   */
  found(like: ManifestBody, members: number, sampled: boolean, testSet: Uint8Array | null): Promise<Result<Founded>>;
  /** The seat's third call: decides rounds among the participants at the other ends of the ports. */
  sit(ports: readonly PortTo[], failed: (problem: Problem) => void): Promise<Result<null>>;
  /** A participant's second call: brings made-up rows and takes part at once. */
  takePart(entry: PracticeEntry, ports: readonly PortTo[], listener: (snapshot: Snapshot) => void): Promise<Result<null>>;
  /**
   * Accuracy on the practice's test set of the best model that this participant makes alone from its own rows, without privacy. Occupies
   * its thread for a second or two. @returns null without a test set, or if it would take longer
   */
  alone(): Promise<Result<number | null>>;
  /** A participant's model. */
  download: PeerWorker['download'];
}
