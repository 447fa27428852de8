/**
 * An auditor's checks of an engine. Each returns a reason if it is sure that something is wrong; a correct engine fails each check in about
 * one run in a thousand.
 */
import type { ManifestBody } from '#protocol/manifest/manifest';
import { auditOneRun } from '#protocol/privacy/audit';
import { sigmaOnGrid } from '#protocol/privacy/noise/discrete-gaussian';
import { epsilonOf } from '#protocol/privacy/rdp';
import { RandomWords, type RandomFill } from '#protocol/privacy/noise/random-words';
import type { TrainingRows } from '#workers/training-rows';
import type { Engine } from './audited-engines.ts';

/** Standard errors beyond which chance is ruled out. */
const SURE = 5;
/** Length of a canary's input: its gradient is far longer than the clip norm, and all of it lies on its own two weights. */
const REACH = 200;
const CANARIES = 600;

export interface Setting {
  readonly manifest: ManifestBody;
  /** d zeros: all classes are equally likely, so every canary's gradient is known. */
  readonly parameters: Float32Array;
  readonly random: RandomFill;
}

/** A federation whose inputs are canary coordinates, with two classes and no hidden layer. */
export function canaryManifest(base: ManifestBody, privacy: Partial<ManifestBody['privacy']>): ManifestBody {
  return {
    ...base,
    task: {
      kind: 'table',
      columns: Array.from({ length: CANARIES }, (_, i) => ({ kind: 'number' as const, name: `c${i}`, min: -REACH, max: REACH })),
      label: { name: 'y', classes: ['0', '1'] },
      picture: null,
    },
    model: { kind: 'mlp', hidden: [], activation: 'tanh', seed: base.model.seed },
    privacy: { ...base.privacy, ...privacy },
  };
}

/** One row per canary: its own input, nothing else. */
function canaryRows(which: readonly number[]): TrainingRows {
  const x = new Float32Array(which.length * CANARIES);
  for (const [row, canary] of which.entries()) x[row * CANARIES + canary] = REACH;
  return { x, y: new Int32Array(which.length) };
}

/** How far a vector points in a canary's direction, in clip norms. */
function push(vector: Int32Array, canary: number, gridBits: number): number {
  return (vector[canary * 2 + 1]! - vector[canary * 2]!) / Math.SQRT2 / 2 ** gridBits;
}

export interface AuditOutcome {
  /** The epsilon that the guesses refute, and the accountant's claim for the run. */
  readonly lowerBound: number;
  readonly claimed: number;
}

/** Coins decide which canaries are in; an observer of all rounds guesses. (Steinke et al. 2023, white box.) */
export function auditRun(engine: Engine, { manifest, parameters, random }: Setting, rounds: number): AuditOutcome {
  const { rate, sigma, delta, gridBits } = manifest.privacy;
  const words = new RandomWords(random);
  const included = Array.from({ length: CANARIES }, () => words.below(2) === 1);
  const rows = canaryRows(included.flatMap((coin, canary) => (coin ? [canary] : [])));
  const scores = Array.from({ length: CANARIES }, () => 0);
  for (let round = 0; round < rounds; round++) {
    const vector = engine.update(rows, parameters, random);
    for (const canary of scores.keys()) scores[canary]! += push(vector, canary, gridBits);
  }
  const lowerBound = auditOneRun(scores, included, [CANARIES / 20, CANARIES / 10, CANARIES / 4], delta, 0.01);
  return { lowerBound, claimed: epsilonOf([{ rate, sigma, rounds }], delta).epsilon };
}

/** Noise of empty lots: its deviation, and that no two rounds share it. */
export function noiseFault(engine: Engine, { manifest, parameters, random }: Setting): string | null {
  const { sigma, gridBits } = manifest.privacy;
  const rows = canaryRows([0]);
  const quiet = Array.from({ length: 8 }, () => engine.update(rows, parameters, random).subarray(4)); // beyond the canary's weights
  const expected = sigmaOnGrid(sigma, gridBits);
  const n = quiet.length * quiet[0]!.length;
  const deviation = Math.sqrt(quiet.reduce((sum, v) => sum + v.reduce((s, x) => s + x * x, 0), 0) / n);
  if (Math.abs(deviation / expected - 1) > SURE / Math.sqrt(2 * n))
    return `deviation ${(deviation / expected).toFixed(3)} of what is claimed`;
  for (const [i, a] of quiet.entries()) {
    for (const b of quiet.slice(i + 1)) {
      const correlation = a.reduce((sum, v, j) => sum + v * b[j]!, 0) / a.length / (expected * expected);
      if (Math.abs(correlation) > SURE / Math.sqrt(a.length)) return `rounds share noise: correlation ${correlation.toFixed(2)}`;
    }
  }
  return null;
}

/** One additional row may move the mean of many updates by at most the clip norm, whatever else is in the lot. */
export function sensitivityFault(engine: Engine, { manifest, parameters, random }: Setting): string | null {
  const { rate, sigma, gridBits } = manifest.privacy;
  const rounds = 60;
  const others = Array.from({ length: 20 }, (_, i) => i + 1);
  const rows = canaryRows([0, ...others]);
  let total = 0;
  for (let round = 0; round < rounds; round++) total += push(engine.update(rows, parameters, random), 0, gridBits);
  const moved = total / rounds / rate;
  const error = Math.sqrt(sigma * sigma + rate * (1 - rate)) / Math.sqrt(rounds) / rate;
  return moved > 1 + SURE * error ? `one row moves the sum by ${moved.toFixed(1)} clip norms` : null;
}

/** How often a row is in the lot: its mean push over the rounds, in clip norms, is the true rate. */
export function rateFault(engine: Engine, { manifest, parameters, random }: Setting): string | null {
  const { rate, sigma, gridBits } = manifest.privacy;
  const rounds = 40;
  const all = Array.from({ length: CANARIES }, (_, i) => i);
  const rows = canaryRows(all);
  let total = 0;
  for (let round = 0; round < rounds; round++) {
    const vector = engine.update(rows, parameters, random);
    for (const canary of all) total += push(vector, canary, gridBits);
  }
  const seen = total / rounds / CANARIES;
  const error = Math.sqrt((sigma * sigma + rate * (1 - rate)) / (rounds * CANARIES));
  return seen > rate + SURE * error ? `a row is drawn at ${seen.toFixed(3)}, claimed is ${rate}` : null;
}

/** Lots of few rows at a low rate are mostly empty; each update must have been paid for. */
export function billFault(engine: Engine, { parameters, random }: Setting): string | null {
  for (let round = 0; round < 30; round++) engine.update(canaryRows([0]), parameters, random);
  return engine.billed === engine.made ? null : `${engine.made - engine.billed} of ${engine.made} updates are in no record`;
}
