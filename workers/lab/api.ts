/**
 * The page's calls to the lab: a separate thread for everything done with a model on this device and never sent. It takes no part in
 * rounds, knows no peers and works offline. Results are plain data.
 */
import type { Hash } from '#protocol/codec';
import type { ManifestBody } from '#protocol/manifest/manifest';
import type { Result, Drawing, Goodness } from '../api.ts';
import type { SoloKind } from '../solo/solo.ts';
import type { Better } from './verdict.ts';

/** One input to try a model on. */
export type TryInput =
  /** Cells by column name, as a person types them. */
  { readonly cells: Readonly<Record<string, string>> } | { readonly drawing: Drawing['pixels'] } | { readonly picture: Blob };

export type Prediction = ClassPrediction | NumberPrediction;

/** A number, in the answer's own unit, and where nine of ten such answers are. */
export interface NumberPrediction {
  readonly value: number;
  /** Null without rows that nobody trained on to find it by. */
  readonly interval: NumberInterval | null;
  readonly seen: null;
}

/** From conformal.ts, limited to the public range. */
export interface NumberInterval {
  readonly low: number;
  readonly high: number;
  /** What it was found by. */
  readonly rows: number;
  readonly on: 'test-set' | 'held-out';
}

export interface ClassPrediction {
  /** Calibrated probabilities (calibration.ts, noise-spread.ts), in the manifest's order of classes; they sum to 1. */
  readonly probabilities: readonly number[];
  /** Index of the largest one. */
  readonly best: number;
  /** What the model was shown, for tasks of pictures: width x height x colours bytes. */
  readonly seen: Uint8Array<ArrayBuffer> | null;
}

/** A file of rows with the prediction of each beside it. */
export interface BatchPredictions {
  readonly name: string;
  readonly rows: number;
  /** Rows that could not be read; they have no prediction. */
  readonly leftOut: number;
  readonly csv: Blob;
  /** `mark`: what the row is called in the file, its number or a name. */
  readonly first: readonly ({ readonly row: number; readonly mark: string } & FirstPrediction)[];
}

export type FirstPrediction =
  | { readonly best: number; readonly probability: number }
  | { readonly value: number; readonly interval: Pick<NumberInterval, 'low' | 'high'> | null };

/** How far a model's numbers are off, in the answer's own unit: see number-scores.ts. */
export interface NumberCheckScores {
  readonly rows: number;
  readonly mae: Interval;
  readonly rmse: Interval;
  /** Null where all answers are equal. */
  readonly r2: Interval | null;
}

export interface NumberScores extends NumberCheckScores {
  /** Mean absolute error of always saying the median of these rows. */
  readonly guessing: number;
  /** Share of answers within their 90 % interval, each half of the rows judged by the other; null for few rows. */
  readonly coverage: number | null;
}

export interface ClassScore {
  /** Rows of this class in the set. */
  readonly rows: number;
  /** Null where the denominator is 0. */
  readonly precision: number | null;
  readonly recall: number | null;
  readonly f1: number | null;
}

export interface Scores {
  readonly rows: number;
  readonly accuracy: number;
  /** The share of the most frequent class of these rows: what always saying that class gets right. */
  readonly guessing: number;
  /**
   * Mean cross-entropy in nats, of probabilities with a temperature that was fitted on the other half of the rows; of fewer than 50 rows as
   * they are shown. NaN where a row has no probabilities.
   */
  readonly loss: number;
  /** Expected calibration error of the same probabilities, 0 to 1, or NaN. */
  readonly ece: number;
  /** confusion[truth][guess], rows. */
  readonly confusion: readonly (readonly number[])[];
  readonly classes: readonly ClassScore[];
}

/** Two models on the same rows: the one that was made together, or a file, and the best that this device makes alone, without noise. */
export interface Comparison {
  readonly rows: number;
  readonly mesh: Goodness;
  readonly solo: Goodness;
  /** As good as always saying the most frequent class of these rows, or their median. */
  readonly guessing: number;
  /** Which of the two is better, or that luck could have made the difference: see verdict.ts. */
  readonly better: Better;
}

export interface SoloComparison extends Comparison {
  readonly kind: SoloKind;
  /** What both were judged on. */
  readonly on: 'test-set' | 'held-out';
}

export interface Interval {
  readonly value: number;
  /** Bootstrap 95 % interval (percentile, Efron 1979). */
  readonly low: number;
  readonly high: number;
}

export interface CheckScores {
  readonly rows: number;
  readonly accuracy: Interval;
  /** Multi-class: mean over classes of one against the rest; null where a class has no row, or all rows. */
  readonly auroc: Interval | null;
  readonly auprc: Interval | null;
  /** Brier 1950: mean squared distance of the probabilities from the truth, 0 to 2. */
  readonly brier: Interval;
}

/** Predicted against observed share of one bin of predicted probability. */
export interface CalibrationPoint {
  readonly predicted: number;
  readonly observed: number;
  readonly rows: number;
}

export interface Subgroup {
  readonly value: string;
  readonly rows: number;
  /** As in the comparison, of these rows alone; hidden with the scores. */
  readonly guessing: number | null;
  /** Null below 20 rows: hidden. */
  readonly mesh: CheckScores | NumberCheckScores | null;
  readonly solo: CheckScores | NumberCheckScores | null;
}

/** A member's own check on rows kept aside on this device. */
export interface OwnCheck {
  /** Units of privacy that the bootstrap draws. */
  readonly units: number;
  readonly comparison: Comparison;
  readonly mesh: CheckScores | NumberCheckScores;
  readonly solo: CheckScores | NumberCheckScores;
  /** Null where answers are numbers. */
  readonly calibration: { readonly mesh: readonly CalibrationPoint[]; readonly solo: readonly CalibrationPoint[] } | null;
  readonly subgroups: { readonly column: string; readonly groups: readonly Subgroup[] } | null;
}

export interface RehearsalOptions {
  readonly members: number;
  readonly rowsEach: number;
}

/** A whole training on made-up rows, on this device alone: no budget is spent and nothing is sent. */
export type RehearsalStep = Goodness & {
  readonly round: number;
  readonly rounds: number;
  /** As good as always saying the most frequent class, or the median, of the same made-up rows, which were not trained on. */
  readonly guessing: number;
  /** Milliseconds of this device's own part in one round, a running mean. */
  readonly updateMs: number;
  /** Bytes of one update as it leaves. */
  readonly updateBytes: number;
};

/** What a model's file says about itself; nothing vouches for it. */
export interface FileClaims {
  /** Whether it names this federation; null where it names none. */
  readonly ours: boolean | null;
  /** Its own federation's name, shortened. */
  readonly name: string | null;
  readonly round: number | null;
  /** It lists other answers, or the same in another order: the first ones. */
  readonly classes: readonly string[] | null;
  /** It says that its tensors are used by another network than this federation's. */
  readonly otherNetwork: boolean;
}

export interface OpenedState {
  readonly round: number;
  readonly models: number;
  readonly state: Hash | null;
  /** A row to begin with, by column name: see typical.ts. Empty for tasks without columns. */
  readonly typical: Readonly<Record<string, string>>;
}

export interface LabWorker {
  /**
   * Sets what is tried from here on.
   * @param model safetensors of the parameters, as PeerWorker.download gives them; null: the model that everybody starts from
   * @param testSet bytes of the public test set, by which probabilities are calibrated and typical values are found; null: there is none
   *   here. Other bytes than the manifest names count as none
   * @returns the round and the count of models that its metadata names, 0 for the first model
   */
  open(federation: Hash, manifest: ManifestBody, model: Uint8Array | null, testSet: Uint8Array | null): Promise<Result<OpenedState>>;
  /**
   * Sets a file of a person's own as what is tried: any safetensors of this network's tensors, F32, F16 or BF16. Refused by its size before
   * it is read; a file that is refused leaves what was tried before. A card is not written of it.
   */
  openFile(
    federation: Hash,
    manifest: ManifestBody,
    file: File,
    testSet: Uint8Array | null,
  ): Promise<Result<FileClaims & Pick<OpenedState, 'typical'>>>;
  predict(input: TryInput): Promise<Result<Prediction>>;
  /** A table; a label column is not needed and not read. */
  predictFile(file: File): Promise<Result<BatchPredictions>>;
  /** Pictures, one after another; their order numbers them. */
  predictPictures(files: readonly File[]): Promise<Result<BatchPredictions>>;
  /** Files of recordings, one each or with a column that names them: each recording's mean over its windows. Answers are not read. */
  predictRecordings(files: readonly File[]): Promise<Result<BatchPredictions>>;
  /** On the federation's public test set, whose hash is checked. @param testSet its bytes */
  score(testSet: Uint8Array): Promise<Result<Scores | NumberScores>>;
  /**
   * Null when this device keeps no rows of this federation, or there is nothing to judge on.
   * @param testSet null without one
   * @param unasked nobody waits for it: null, too, where it would take more than a second or two, or is not judged on the test set
   */
  compareSolo(testSet: Uint8Array | null, unasked?: boolean): Promise<Result<SoloComparison | null>>;
  /** Null when no rows were kept aside. @param column of the task, for subgroups */
  check(column: string | null): Promise<Result<OwnCheck | null>>;
  /** Ends early when the listener answers false. */
  rehearse(options: RehearsalOptions, listener: (step: RehearsalStep) => boolean | Promise<boolean>): Promise<Result<RehearsalStep>>;
  /** A model card in Markdown: data kinds, privacy, scores, limits. */
  card(scores: Scores | NumberScores | null): Promise<Result<{ readonly name: string; readonly text: string }>>;
}
