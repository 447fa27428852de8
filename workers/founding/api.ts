/**
 * The page's calls when a person founds a federation: read a sample file on the device, propose a schema, price a privacy policy, sign a
 * manifest. Of the sample, only the rows that its owner publishes as a test set leave the device.
 */
import type { Hash } from '#protocol/codec';
import type { ManifestBody } from '#protocol/manifest/manifest';
import type { ImageTask, TableColumn } from '#protocol/manifest/task';
import type { Result } from '../api.ts';
import type { DateGuess } from './date-guess.ts';
import type { RoundNumbers } from './round-range.ts';
import type { Sentinel } from './sentinels.ts';

/** What a column of the sample looks like, and the proposal for it. */
export interface ColumnGuess {
  readonly proposed: TableColumn;
  /** Distinct values, at most 257, and missing cells; of the whole file if it has few values. */
  readonly distinct: number;
  readonly missing: number;
  /** A few cells, shortened. */
  readonly examples: readonly string[];
  /** Why it is ignored, or proposed as a number or category; the page has a sentence for each. */
  readonly reason:
    | 'numbers'
    | 'few-values'
    | 'too-many-values'
    | 'identifier'
    | 'person'
    | 'dates'
    | 'constant'
    | 'free-text'
    | 'empty'
    | 'answer-again';
  /** The values as a category, for those who change the kind; null above 256. */
  readonly values: readonly string[] | null;
  /** A round public range of nearly all values and their rounded median, for those who change the kind; null if cells are not numbers. */
  readonly range: RoundNumbers | null;
  /** What is read of dates; null if cells are not dates. */
  readonly dates: DateGuess | null;
  /** Numbers that may stand for a missing value; a person decides. */
  readonly sentinels: readonly Sentinel[];
}

/** The column that says whose row it is. */
export interface GroupGuess {
  readonly column: number;
  /** Rows of the file per person, the mean over rows; at least 2. */
  readonly rows: number;
  /** Rows per person that should count. */
  readonly rowsMax: number;
}

export interface SchemaGuess {
  readonly name: string;
  /** Rows of the sample, drawn from all over the file, and of the file. */
  readonly rows: number;
  readonly total: number;
  readonly hasHeader: boolean;
  readonly columns: readonly ColumnGuess[];
  /** Index of the column that looks like the answer to learn. */
  readonly label: number;
  /** Null if rows repeat nobody. */
  readonly group: GroupGuess | null;
}

/** A measured column of a sample of recordings, with a round public range of nearly all values, and their rounded median. */
export interface ChannelGuess {
  readonly name: string;
  readonly min: number;
  readonly max: number;
  readonly typical: number;
  /** Missing values in the sample. */
  readonly missing: number;
  /** Why it is not an input: a clock says when, a counter only counts, a constant never changes. Null for measurements. */
  readonly unread: 'clock' | 'counter' | 'constant' | null;
  readonly read: boolean;
}

export interface RecordingsGuess {
  readonly name: string;
  readonly recordings: number;
  readonly lines: number;
  /** Recordings in which a clock runs backwards: the loader leaves them out. */
  readonly backwards: number;
  readonly channels: readonly ChannelGuess[];
  /** A column that says whose recording it is, if it repeats, and the recordings per person. */
  readonly person: { readonly name: string; readonly recordings: number } | null;
  /** Names of the columns with the recording and the answer. */
  readonly recording: string;
  readonly label: string;
  /** Empty if the sample has none. */
  readonly classes: readonly string[];
  readonly length: number;
  readonly hop: number;
  readonly windowsMax: number;
}

/** What a founder's own pictures suggest. */
export interface PicturesGuess extends Pick<ImageTask, 'width' | 'height' | 'colour' | 'background'> {
  readonly name: string;
  readonly pictures: number;
  readonly label: string;
  /** Empty if nothing names any. */
  readonly classes: readonly string[];
  /** Rounded median brightness of each colour, 0 to 255; null if the background implies it. */
  readonly centre: readonly number[] | null;
}

/** What a person decides about privacy and training, in plain numbers. */
export interface Policy {
  readonly epsilon: number;
  readonly delta: number;
  /** Expected members, and rows that a typical one brings (units, if the unit is a group). */
  readonly members: number;
  readonly rowsEach: number;
  readonly hidden: readonly number[];
  /** A small convolutional network that fits the size of pictures or windows, instead of `hidden`; not for tables. */
  readonly layers?: true;
}

/** What the policy buys. */
export interface PolicyQuote {
  /** Rounds of a member who takes part from the start: all. */
  readonly rounds: number;
  readonly sigma: number;
  readonly rate: number;
  /** Standard deviation of the noise on the mean of all members' updates, relative to the clip norm of one row: below 0.01 is little. */
  readonly noiseShare: number;
  readonly parameters: number;
  /** Bytes of one update, and of everything that a member's device sends in all rounds. */
  readonly updateBytes: number;
  readonly bytes: number;
  /** Upper bound on what all rounds reveal about a person with the given number of rows, if each row is protected on its own. */
  readonly rowsEpsilon: number | null;
}

/** How training on the sample's rows went, with as much noise as the expected members will add. */
export interface DraftRehearsal {
  /** In the last rounds, on sample rows kept aside; and of always predicting the most frequent answer. */
  readonly accuracy: number;
  readonly guessing: number;
  /** swings: it ends far below its best rounds, or jumps at the end. guesses: no better than the most frequent answer. */
  readonly finding: 'swings' | 'guesses' | null;
}

export interface FoundingDraft {
  readonly name: string;
  readonly description: string;
  readonly region: string;
  readonly task: ManifestBody['task'];
  readonly policy: Policy;
  readonly rounds: Pick<ManifestBody['rounds'], 'minContributors' | 'maxContributors' | 'joinWindowMs' | 'deadlineMs'>;
  readonly seats: ManifestBody['seats'];
  readonly consent: string;
  /** Share of the sample's rows that its owner publishes as the public test set; 0: none. */
  readonly testShare: number;
}

export interface Published {
  readonly id: Hash;
  /** The relay's host has to approve it first. */
  readonly waits: boolean;
}

export interface FoundingWorker {
  /**
   * Reads the whole file as a sample, and proposes a schema. @throws as a Result: what the doctor refuses; stale after `stop`
   * @param progress called with the part of the file that is read, 0 to 1
   */
  infer(file: File, progress?: (share: number) => void): Promise<Result<SchemaGuess>>;
  /** Cancels reading the current sample. */
  stop(): Promise<Result<null>>;
  /** As `infer`, for recordings: one file with all lines, or one per recording. */
  inferRecordings(files: readonly File[]): Promise<Result<RecordingsGuess>>;
  /** As `infer`, for pictures, with or without a list of their answers among them. */
  inferPictures(files: readonly File[]): Promise<Result<PicturesGuess>>;
  /** @param rowsTogether rows of one person, if the task protects each row on its own, or recordings */
  quote(task: ManifestBody['task'], policy: Policy, rowsTogether?: number): Promise<Result<PolicyQuote>>;
  /** A whole training on the sample, before anything is signed; null without a sample, or with too few rows. */
  rehearse(draft: FoundingDraft): Promise<Result<DraftRehearsal | null>>;
  /** Everything that is wrong with a draft, by the path of its field; empty if it can be signed. */
  check(draft: FoundingDraft): Promise<Result<readonly { readonly field: string; readonly code: string; readonly expected: string }[]>>;
  /**
   * Signs with a steward key that this browser makes for the federation, and publishes on the relay.
   * @param invitation a code from the relay's host; empty for none
   */
  publish(draft: FoundingDraft, relay: string, invitation: string): Promise<Result<Published>>;
}
