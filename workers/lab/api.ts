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

/** A number in the answer's own unit, and an interval that covers nine of ten such answers. */
export interface NumberPrediction {
  readonly value: number;
  /** Null without unseen rows to derive it from. */
  readonly interval: NumberInterval | null;
  readonly seen: null;
}

/** From conformal.ts, limited to the public range. */
export interface NumberInterval {
  readonly low: number;
  readonly high: number;
  /** The rows it is derived from. */
  readonly rows: number;
  readonly on: 'test-set' | 'held-out';
}

export interface ClassPrediction {
  /** Calibrated probabilities (calibration.ts, noise-spread.ts), in the manifest's order of classes; they sum to 1. */
  readonly probabilities: readonly number[];
  /** Index of the largest one. */
  readonly best: number;
  /** What the model was shown, for picture tasks: width x height x colours bytes. */
  readonly seen: Uint8Array<ArrayBuffer> | null;
}

/** A file of rows, each with its prediction. */
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

/** Errors of a model's numbers, in the answer's own unit: see number-scores.ts. */
export interface NumberCheckScores {
  readonly rows: number;
  readonly mae: Interval;
  readonly rmse: Interval;
  /** Null if all answers are equal. */
  readonly r2: Interval | null;
}

export interface NumberScores extends NumberCheckScores {
  /** Mean absolute error of always predicting the median of these rows. */
  readonly guessing: number;
  /** Share of answers within their 90 % interval, each half of the rows judged by the other; null with few rows. */
  readonly coverage: number | null;
}

export interface ClassScore {
  /** Rows of this class in the set. */
  readonly rows: number;
  /** Null if the denominator is 0. */
  readonly precision: number | null;
  readonly recall: number | null;
  readonly f1: number | null;
}

export interface Scores {
  readonly rows: number;
  readonly accuracy: number;
  /** Share of the most frequent class of these rows: the accuracy of always predicting it. */
  readonly guessing: number;
  /**
   * Mean cross-entropy in nats, with a temperature fitted on the other half of the rows; with fewer than 50 rows, of the probabilities as
   * shown. NaN if a row has no probabilities.
   */
  readonly loss: number;
  /** Expected calibration error of the same probabilities, 0 to 1, or NaN. */
  readonly ece: number;
  /** confusion[truth][guess], rows. */
  readonly confusion: readonly (readonly number[])[];
  readonly classes: readonly ClassScore[];
}

/** Two models on the same rows: the shared one or a file, and the best that this device makes alone, without noise. */
export interface Comparison {
  readonly rows: number;
  readonly mesh: Goodness;
  readonly solo: Goodness;
  /** The score of always predicting the most frequent class of these rows, or their median. */
  readonly guessing: number;
  /** Which of the two is better, or that the difference may be chance: see verdict.ts. */
  readonly better: Better;
}

export interface SoloComparison extends Comparison {
  readonly kind: SoloKind;
  /** The rows that both were judged on. */
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
  /** Multi-class: mean of one-against-rest over the classes; null if a class has no row, or all rows. */
  readonly auroc: Interval | null;
  readonly auprc: Interval | null;
  /** Brier 1950: mean squared distance of the probabilities from the truth, 0 to 2. */
  readonly brier: Interval;
}

/** Predicted and observed share in one bin of predicted probability. */
export interface CalibrationPoint {
  readonly predicted: number;
  readonly observed: number;
  readonly rows: number;
}

export interface Subgroup {
  readonly value: string;
  readonly rows: number;
  /** As in Comparison, for these rows alone; hidden with the scores. */
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
  /** Null if answers are numbers. */
  readonly calibration: { readonly mesh: readonly CalibrationPoint[]; readonly solo: readonly CalibrationPoint[] } | null;
  readonly subgroups: { readonly column: string; readonly groups: readonly Subgroup[] } | null;
}

export interface RehearsalOptions {
  readonly members: number;
  readonly rowsEach: number;
}

/** A step of a whole training on made-up rows, on this device alone: no budget is spent and nothing is sent. */
export type RehearsalStep = Goodness & {
  readonly round: number;
  readonly rounds: number;
  /** The score of always predicting the most frequent class, or the median, of the same made-up rows, which were not trained on. */
  readonly guessing: number;
  /** Milliseconds of this device's own part in one round, a running mean. */
  readonly updateMs: number;
  /** Bytes of one update as sent. */
  readonly updateBytes: number;
};

/** What a model's file says about itself; nothing vouches for it. */
export interface FileClaims {
  /** Whether it names this federation; null if it names none. */
  readonly ours: boolean | null;
  /** Its own federation's name, shortened. */
  readonly name: string | null;
  readonly round: number | null;
  /** The first of its answers, if it lists other ones or another order; otherwise null. */
  readonly classes: readonly string[] | null;
  /** Whether it says that its tensors belong to another network than this federation's. */
  readonly otherNetwork: boolean;
}

export interface OpenedState {
  readonly round: number;
  readonly models: number;
  readonly state: Hash | null;
  /** A row to start from, by column name: see typical.ts. Empty for tasks without columns. */
  readonly typical: Readonly<Record<string, string>>;
}

export interface LabWorker {
  /**
   * Sets the model to try from here on.
   * @param model safetensors of the parameters, as from PeerWorker.download; null: the initial model
   * @param testSet bytes of the public test set, which calibrate probabilities and give typical values; null if there is none here. Bytes
   * that the manifest does not name count as none
   * @returns the round and the count of models in its metadata, 0 for the initial model
   */
  open(federation: Hash, manifest: ManifestBody, model: Uint8Array | null, testSet: Uint8Array | null): Promise<Result<OpenedState>>;
  /**
   * Sets a person's own file as the model to try: any safetensors of this network's tensors, F32, F16 or BF16. The size is checked before
   * reading; if the file is refused, the previous model stays. Such a model has no card.
   */
  openFile(
    federation: Hash,
    manifest: ManifestBody,
    file: File,
    testSet: Uint8Array | null,
  ): Promise<Result<FileClaims & Pick<OpenedState, 'typical'>>>;
  predict(input: TryInput): Promise<Result<Prediction>>;
  /** A table; it needs no label column, and an existing one is not read. */
  predictFile(file: File): Promise<Result<BatchPredictions>>;
  /** Pictures, one after another, numbered in this order. */
  predictPictures(files: readonly File[]): Promise<Result<BatchPredictions>>;
  /**
   * Files of recordings, one each or with a column that names them; a prediction is the mean over a recording's windows. Answers are not
   * read.
   */
  predictRecordings(files: readonly File[]): Promise<Result<BatchPredictions>>;
  /** On the federation's public test set, whose hash is checked. @param testSet its bytes */
  score(testSet: Uint8Array): Promise<Result<Scores | NumberScores>>;
  /**
   * Null if this device keeps no rows of this federation, or there is nothing to judge on.
   * @param testSet null without one
   * @param unasked nobody waits for it: also null if it would take more than a second or two, or is not judged on the test set
   */
  compareSolo(testSet: Uint8Array | null, unasked?: boolean): Promise<Result<SoloComparison | null>>;
  /** Null if no rows were kept aside. @param column of the task, for subgroups */
  check(column: string | null): Promise<Result<OwnCheck | null>>;
  /** Ends early once the listener returns false. */
  rehearse(options: RehearsalOptions, listener: (step: RehearsalStep) => boolean | Promise<boolean>): Promise<Result<RehearsalStep>>;
  /** A model card in Markdown: data kinds, privacy, scores, limits. */
  card(scores: Scores | NumberScores | null): Promise<Result<{ readonly name: string; readonly text: string }>>;
}
