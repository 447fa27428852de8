/**
 * Lower bounds on epsilon from guesses: what an observer who attacks the mechanism has proven about it. A correct mechanism stays below its
 * claim; one that leaks more than it says is refuted. In one run with many canaries (Steinke, Nasr, Jagielski 2023), and from many
 * independent trials (Jagielski, Ullman, Oprea 2020, with exact binomial limits by Clopper and Pearson 1934). Not an upper bound: an audit
 * that finds little proves little.
 */
import { MeshError } from '../errors.ts';

/** Guesses of one run: of `canaries` fair coins, `guesses` were guessed and `correct` of those rightly. */
export interface Guesses {
  readonly canaries: number;
  readonly guesses: number;
  readonly correct: number;
}

const EPSILON_MAX = 64;

/**
 * How likely guesses this good or better are if the mechanism were (epsilon, delta)-private, at most.
 * @throws MeshError field-invalid
 */
export function oneRunPValue({ canaries, guesses, correct }: Guesses, epsilon: number, delta: number): number {
  if (!(correct >= 0 && correct <= guesses && guesses <= canaries)) {
    throw new MeshError('field-invalid', {
      field: 'guesses',
      expected: 'correct <= guesses <= canaries',
      got: `${correct}, ${guesses}, ${canaries}`,
    });
  }
  const tails = binomialTails(guesses, 1 / (1 + Math.exp(-epsilon)));
  const beta = tails[correct]!;
  let alpha = 0;
  for (let i = 1; i <= correct; i++) alpha = Math.max(alpha, (tails[correct - i]! - beta) / i);
  return Math.min(1, beta + 2 * canaries * delta * alpha);
}

/** The largest epsilon that guesses like these refute at this significance; 0 when they refute none. */
export function oneRunEpsilon(found: Guesses, delta: number, significance = 0.05): number {
  return largestRefuted((epsilon) => oneRunPValue(found, epsilon, delta) <= significance);
}

/**
 * The best of several numbers of guesses, with the significance shared among them (Bonferroni).
 * @param scores of each canary; a larger one speaks for "was in"
 * @param included whether its coin put it in
 * @param counts how many of the largest scores are guessed, fixed before the run
 */
export function auditOneRun(
  scores: readonly number[],
  included: readonly boolean[],
  counts: readonly number[],
  delta: number,
  significance = 0.05,
): number {
  const order = scores.map((_, i) => i).sort((a, b) => scores[b]! - scores[a]!);
  const bounds = counts.map((guesses) => {
    const correct = order.slice(0, guesses).filter((i) => included[i]).length;
    return oneRunEpsilon({ canaries: scores.length, guesses, correct }, delta, significance / counts.length);
  });
  return Math.max(0, ...bounds);
}

/** One threshold's outcome over independent trials: how often "in" was said with the canary and without it. */
export interface Trials {
  readonly trials: number;
  readonly saidIn: number;
}

/**
 * The largest epsilon with P(said in | with) <= e^epsilon P(said in | without) + delta refuted: log((TPR - delta) / FPR) from the lower
 * limit of one rate and the upper limit of the other.
 */
export function trialsEpsilon(withIt: Trials, without: Trials, delta: number, significance = 0.05): number {
  const low = lowerLimit(withIt, significance / 2);
  const high = 1 - lowerLimit({ trials: without.trials, saidIn: without.trials - without.saidIn }, significance / 2);
  return low - delta > 0 && high > 0 ? Math.max(0, Math.log((low - delta) / high)) : 0;
}

/** Clopper and Pearson's lower limit: the rate at which this many or more would come with probability `risk`. */
function lowerLimit({ trials, saidIn }: Trials, risk: number): number {
  if (saidIn === 0) return 0;
  let [low, high] = [0, saidIn / trials];
  for (let i = 0; i < 60; i++) {
    const middle = (low + high) / 2;
    if (binomialTails(trials, middle)[saidIn]! < risk) low = middle;
    else high = middle;
  }
  return low;
}

function largestRefuted(refutes: (epsilon: number) => boolean): number {
  if (!refutes(0)) return 0;
  let [low, high] = [0, 1];
  while (high < EPSILON_MAX && refutes(high)) [low, high] = [high, high * 2];
  for (let i = 0; i < 50; i++) {
    const middle = (low + high) / 2;
    if (refutes(middle)) low = middle;
    else high = middle;
  }
  return low;
}

/** P(Bin(n, p) >= v) for v = 0 .. n + 1, summed from the far end, so that small tails keep their accuracy. */
function binomialTails(n: number, p: number): Float64Array {
  const tails = new Float64Array(n + 2);
  const [logHit, logMiss] = [Math.log(p), Math.log1p(-p)];
  let logChoose = 0; // log C(n, v), from v = n down
  for (let v = n; v >= 0; v--) {
    const hits = v === 0 ? 0 : v * logHit;
    const misses = v === n ? 0 : (n - v) * logMiss;
    tails[v] = tails[v + 1]! + Math.exp(logChoose + hits + misses);
    logChoose += Math.log(v) - Math.log(n - v + 1);
  }
  return tails;
}
