/**
 * The contenders of `npm run prove -- bench:aggregate` and their clock; the same file runs in a page and in Node. 32 vectors of a million
 * values by each rule: held, as arriving updates are aggregated (they are written into the kernels' memory instead of another array,
 * without a copy); passed, from arrays elsewhere, with a copy; and in plain JavaScript. Every timed call checks for unsound values and
 * writes its result to the caller's array. Results are checked before timing. Figures are the 20th percentile of short turns, for all
 * contenders, to measure the limit of the machine.
 */
import { createAggregator, type Aggregator } from '#wasm/aggregate';
import { alternate } from './alternate.ts';
import { distancesByFour, distancesByPair, meanByFour, meanByVector, median, trimmedMean } from './plain-aggregate.ts';

export interface Measured {
  /** Milliseconds for 32 x 10^6 by contender: held, passed, plain or tuned, a point, and the rule. */
  readonly ms: Readonly<Record<string, number>>;
  /** Bytes read and written per second by a copy of 64 MB, in 10^9. */
  readonly copyTraffic: number;
}

const N = 32;
const D = 1_000_000;
const CUT = 6;
/** For slow contenders: values per vector. They then fit the cache, which is to their advantage. */
const FEWER = 10;
const COPIED = 16 * 2 ** 20;

/** In a page. */
export async function run(origin: string): Promise<Measured> {
  return measureAll(async () => (await fetch(`${origin}/wasm/aggregate.wasm`)).arrayBuffer());
}

/** @param read the bytes of aggregate.wasm */
export async function measureAll(read: () => Promise<BufferSource>): Promise<Measured> {
  const aggregator = await createAggregator(await WebAssembly.compile(await read()));
  const vectors = Array.from({ length: N }, noise);
  const fewer = vectors.map((vector) => vector.slice(0, D / FEWER));
  check(aggregator, fewer);

  // Nearly equal updates: every pair is so near that products would cancel.
  const near = aggregator.hold(N, D / FEWER);
  for (const [i, vector] of fewer.entries()) near.vector(i).set(vector.map((value, at) => fewer[0]![at]! + value / 100));
  const held = aggregator.hold(N, D);
  for (const [i, vector] of vectors.entries()) held.vector(i).set(vector);
  const [into, from, to] = [new Float32Array(D), new Float32Array(COPIED).fill(1), new Float32Array(COPIED).fill(2)];

  const whole: Record<string, () => void> = {
    'held.mean': () => held.mean(into),
    'held.median': () => held.median(into),
    'held.trimmedMean': () => held.trimmedMean(CUT, into),
    'held.distances': () => held.distances(),
    'passed.mean': () => aggregator.mean(vectors, into),
    'passed.median': () => aggregator.median(vectors, into),
    'passed.trimmedMean': () => aggregator.trimmedMean(vectors, CUT, into),
    'passed.distances': () => aggregator.distances(vectors),
    'plain.mean': () => meanByVector(vectors),
    'tuned.mean': () => meanByFour(vectors),
    copy: () => to.set(from),
  };
  const parts: Record<string, () => void> = {
    'held.distances, near': () => near.distances(),
    'plain.median': () => median(fewer),
    'plain.trimmedMean': () => trimmedMean(fewer, CUT),
    'plain.distances': () => distancesByPair(fewer),
    'tuned.distances': () => distancesByFour(fewer),
  };
  const { copy, ...ms } = alternate({ ...whole, ...parts }, { turns: 31, turnMs: 30, quantile: 0.2 });
  for (const name of Object.keys(parts)) ms[name]! *= FEWER;
  return { ms, copyTraffic: (2 * 4 * COPIED) / copy! / 1e6 };
}

/** Uniform in [-1, 1), from the device's randomness: the values do not matter, but their order must not be predictable. */
function noise(): Float32Array {
  const values = new Float32Array(D);
  for (let start = 0; start < D; start += 10_000) {
    const words = crypto.getRandomValues(new Int32Array(10_000));
    for (const [i, word] of words.entries()) values[start + i] = word / 2 ** 31;
  }
  return values;
}

/** @throws Error if two contenders disagree */
function check(aggregator: Aggregator, vectors: readonly Float32Array[]): void {
  const held = aggregator.hold(N, vectors[0]!.length);
  for (const [i, vector] of vectors.entries()) held.vector(i).set(vector);
  const rules: [string, readonly ArrayLike<number>[]][] = [
    ['mean', [meanByVector(vectors), meanByFour(vectors), aggregator.mean(vectors), held.mean()]],
    ['median', [median(vectors), aggregator.median(vectors), held.median()]],
    ['trimmedMean', [trimmedMean(vectors, CUT), aggregator.trimmedMean(vectors, CUT), held.trimmedMean(CUT)]],
    ['distances', [distancesByPair(vectors), distancesByFour(vectors), aggregator.distances(vectors), held.distances()]],
  ];
  held.free();
  for (const [rule, [expected, ...others]] of rules) {
    for (const other of others) {
      for (let at = 0; at < expected!.length; at++) {
        const error = Math.abs(other[at]! - expected![at]!);
        if (!(error <= 1e-6 + 1e-5 * Math.abs(expected![at]!))) {
          throw new Error(`${rule}: expected ${expected![at]} at ${at}, got ${other[at]}`);
        }
      }
    }
  }
}
