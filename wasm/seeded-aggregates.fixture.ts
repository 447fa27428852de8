/**
 * Aggregates that are the same on every engine, for golden tests: seeded vectors through every rule, passed and held, and one hash over all
 * results. A different hash means different kernel bits.
 */
import type { Aggregator } from './aggregate.ts';
import { uniform } from './seeded-run.fixture.ts';

/** Changes with the arithmetic of a rule; rounds must then pin another kernel. */
export const SEEDED_AGGREGATES_SHA256 = '4982a25c9f6ae00f5a9e02794c154767269b2709bbb33392866e9772b5292243';

/** Numbers of vectors and of values: every sorting size, odd and even, tails of stretches and of SIMD vectors. */
const SHAPES = [
  [1, 5],
  [2, 64],
  [5, 33],
  [8, 2048],
  [13, 2049],
  [16, 300],
  [31, 517],
  [32, 4100],
  [64, 2611],
] as const;

/** @returns SHA-256 in hex */
export async function seededAggregates(aggregator: Aggregator): Promise<string> {
  const parts = SHAPES.flatMap(([n, d]) => aggregates(aggregator, n, d));
  const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', await new Blob(parts).arrayBuffer()));
  return Array.from(digest, (byte) => byte.toString(16).padStart(2, '0')).join('');
}

function aggregates(aggregator: Aggregator, n: number, d: number): (Float32Array<ArrayBuffer> | Float64Array<ArrayBuffer>)[] {
  const draw = uniform(1000 * n + d);
  const centre = Float32Array.from({ length: d }, () => 4 * draw() - 2);
  // Some near each other, so that both ways of computing distances are used, and one far off.
  const spreads = Array.from({ length: n }, (_, i) => (i % 4 === 0 ? 0.01 : i === 3 ? 1e6 : 3));
  const vectors = spreads.map((spread) => centre.map((value) => value + spread * (draw() + draw() - 1)));
  const cut = (n - 1) >> 2;
  const held = aggregator.hold(n, d);
  for (const [i, vector] of vectors.entries()) held.vector(i).set(vector);
  const out = [
    aggregator.mean(vectors),
    aggregator.median(vectors),
    aggregator.trimmedMean(vectors, cut),
    aggregator.distances(vectors),
    held.mean(),
    held.median(),
    held.trimmedMean(cut),
    held.distances(),
  ];
  held.free();
  return out;
}
