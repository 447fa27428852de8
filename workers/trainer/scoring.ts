/** Scores certified models on the federation's public test set, which is fetched once and checked against the manifest's hash. */
import { hashBytes, type Hash } from '#protocol/codec';
import { asMeshError, MeshError } from '#protocol/errors';
import { networkOf, type Manifest, type ManifestBody } from '#protocol/manifest/manifest';
import { inputWidth, numberAnswerOf, type Task } from '#protocol/manifest/task';
import { decodeState } from '#protocol/model/state';
import { readSafetensors } from '#protocol/model/safetensors';
import { checkAnswers } from './answers.ts';
import type { Answers } from '../training-rows.ts';
import type { Result, Problem, Score } from '../api.ts';
import { medianError } from './number-errors.ts';
import { unwrap } from '../answered.ts';
import type { TrainingRows } from '../training-rows.ts';
import type { Evaluation } from './trainer.ts';

/** Scores kept for the page. */
const SCORES_MAX = 500;

interface TestSetPlace {
  /** A content-addressed blob, not yet verified. @throws MeshError not-found, frame-too-large */
  blob(hash: Hash, maxBytes: number): Promise<Uint8Array>;
}
interface ScoringPlace extends TestSetPlace {
  readonly trainer: { evaluate(parameters: Float32Array, publicRows: TrainingRows): Promise<Result<Evaluation>> };
}

export class Scoring {
  scores: Score[] = [];
  /** The score of always predicting the most frequent class, or the median; null until the test set arrives. */
  guessing: number | null = null;
  /** Why the last model has no score; the next score clears it. */
  problem: Problem | null = null;
  #testSet: Promise<TrainingRows> | null = null;
  #next: { readonly round: number; readonly bytes: Uint8Array } | null = null;
  #busy = false;
  readonly #manifest: Manifest;
  readonly #platform: ScoringPlace;
  readonly #changed: () => void;

  constructor(manifest: Manifest, platform: ScoringPlace, changed: () => void) {
    this.#manifest = manifest;
    this.#platform = platform;
    this.#changed = changed;
  }

  /** Scores this model unless a newer one comes first; does nothing without a public test set. */
  offer(round: number, bytes: Uint8Array): void {
    if (this.#manifest.body.testSet === null) return;
    this.#next = { round, bytes };
    if (!this.#busy) void this.#run();
  }

  async #run(): Promise<void> {
    this.#busy = true;
    try {
      for (let next = this.#next; next !== null; next = this.#next) {
        this.#next = null;
        this.#testSet ??= fetchTestSet(this.#manifest, this.#platform);
        const { parameters } = decodeState(networkOf(this.#manifest.body), next.bytes);
        const testSet = await this.#testSet;
        this.guessing = guessingOf(testSet.y, this.#manifest.body.task);
        const found = unwrap(await this.#platform.trainer.evaluate(parameters, testSet));
        const { round } = next;
        this.scores = [...this.scores.filter((known) => known.round !== round), { round, ...found }].slice(-SCORES_MAX);
        this.problem = null;
        this.#changed();
      }
    } catch (error) {
      this.#testSet = null; // the relay may be unreachable: the next model tries again
      const { code, detail } = asMeshError(error);
      this.problem = { code, detail };
      this.#changed();
    } finally {
      this.#busy = false;
    }
  }
}

/** What a model has to beat: the share of the most frequent class, or the error of the median. @param y at least one answer */
export function guessingOf(y: Answers, task: Pick<Task, 'label'>): number {
  const number = numberAnswerOf(task);
  if (number !== null) return medianError(y, number);
  const counts = new Map<number, number>();
  for (const label of y) counts.set(label, (counts.get(label) ?? 0) + 1);
  return Math.max(...counts.values()) / y.length;
}

/** @throws MeshError not-found, blob-mismatch, wrong-length */
export async function fetchTestSet(manifest: Manifest, platform: TestSetPlace): Promise<TrainingRows> {
  const about = manifest.body.testSet;
  if (about === null) throw new MeshError('not-found', { field: 'testSet' });
  return openTestSet(manifest.body, await platform.blob(about.hash as never, about.bytes));
}

/**
 * Reads the public test set that the manifest names from its bytes.
 * @throws MeshError not-found, blob-mismatch, wrong-length, out-of-bound, not-a-number
 */
export function openTestSet({ testSet, task }: ManifestBody, bytes: Uint8Array): TrainingRows {
  if (testSet === null) throw new MeshError('not-found', { field: 'testSet' });
  if (hashBytes(bytes) !== testSet.hash) throw new MeshError('blob-mismatch', { field: 'testSet', expected: testSet.hash });
  const tensors = readSafetensors(bytes, testSet.bytes);
  const [x, y] = [tensors.get('x')?.values, tensors.get('y')?.values];
  const width = inputWidth(task);
  const numbers = numberAnswerOf(task) !== null;
  const kind = numbers ? Float32Array : Int32Array;
  const expected = `x F32 [${testSet.rows}, ${width}] and y ${numbers ? 'F32' : 'I32'} [${testSet.rows}]`;
  if (!(x instanceof Float32Array) || !(y instanceof kind) || y.length !== testSet.rows || x.length !== testSet.rows * width) {
    throw new MeshError('wrong-length', { field: 'testSet', expected });
  }
  checkAnswers(y as Answers, task, 'testSet.y');
  if (!x.every(Number.isFinite)) throw new MeshError('not-a-number', { field: 'testSet.x' });
  return { x: x as Float32Array<ArrayBuffer>, y: y as Answers };
}
