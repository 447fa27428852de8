/**
 * Minimises a smooth convex function: limited-memory BFGS (Nocedal and Wright 2006, algorithms 7.4 and 7.5) with a bisecting line search
 * that ends at the weak Wolfe conditions (Lewis and Overton 2013). Plain float64; it knows neither rows nor models.
 */

/** @param gradient output; as long as `at` @returns the value */
export type Objective = (at: Float64Array, gradient: Float64Array) => number;

export interface Minimum {
  readonly at: Float64Array;
  readonly value: number;
  /** Largest absolute entry of the gradient there. */
  readonly slope: number;
  /** Whether `slope` is as small as requested. */
  readonly converged: boolean;
  /** Evaluations of the objective. */
  readonly evaluations: number;
}

export interface Search {
  /** Stops once no entry of the gradient is larger. */
  readonly slopeMax: number;
  readonly evaluationsMax: number;
  /** A guess of the second derivative by each entry, above 0; it evens out entries of different scales. */
  readonly curvature: Float64Array;
}

/** Pairs of steps and changes that are kept. */
const MEMORY = 10;
const DECREASE = 1e-4;
const CURVATURE = 0.9;
const HALVINGS_MAX = 40;
/** Share of the value below the precision of float64 sums: near the minimum, steps gain less. */
const ROUNDING = 1e-14;

interface Pair {
  readonly step: Float64Array;
  readonly change: Float64Array;
  /** Their product, above 0 by the line search. */
  readonly product: number;
}

export function minimise(objective: Objective, start: Float64Array, { slopeMax, evaluationsMax, curvature }: Search): Minimum {
  let at: Float64Array = start.slice();
  let gradient: Float64Array = new Float64Array(at.length);
  let value = objective(at, gradient);
  let evaluations = 1;
  const pairs: Pair[] = [];
  let slope = largestOf(gradient);
  while (slope > slopeMax && evaluations < evaluationsMax) {
    const direction = descent(gradient, pairs, curvature);
    const falling = dot(direction, gradient);
    let [low, high, length] = [0, Infinity, 1];
    let found: { readonly at: Float64Array; readonly gradient: Float64Array; readonly value: number } | null = null;
    for (let i = 0; i < HALVINGS_MAX && found === null; i++) {
      const there = at.map((from, j) => from + length * direction[j]!);
      const steep = new Float64Array(at.length);
      const worth = objective(there, steep);
      evaluations++;
      if (!(worth <= value + DECREASE * length * falling + ROUNDING * Math.abs(value))) high = length;
      else if (dot(direction, steep) < CURVATURE * falling) low = length;
      else found = { at: there, gradient: steep, value: worth };
      length = high === Infinity ? 2 * low : (low + high) / 2;
    }
    // No point along it is lower by more than rounding: float64 gets no further.
    if (found === null) break;
    remember(pairs, difference(found.at, at), difference(found.gradient, gradient));
    ({ at, gradient, value } = found);
    slope = largestOf(gradient);
  }
  return { at, value, slope, converged: slope <= slopeMax, evaluations };
}

function remember(pairs: Pair[], step: Float64Array, change: Float64Array): void {
  const product = dot(step, change);
  if (!(product > 0)) return;
  pairs.push({ step, change, product });
  if (pairs.length > MEMORY) pairs.shift();
}

/** The two loops of algorithm 7.4: the gradient times minus the inverse Hessian that the pairs approximate. */
function descent(gradient: Float64Array, pairs: readonly Pair[], curvature: Float64Array): Float64Array {
  const q = gradient.slice();
  const shares: number[] = [];
  for (const { step, change, product } of pairs.toReversed()) {
    const share = dot(step, q) / product;
    shares.push(share);
    add(q, change, -share);
  }
  const last = pairs.at(-1);
  let scale = 1;
  if (last !== undefined) {
    let weighted = 0;
    for (const [i, change] of last.change.entries()) weighted += (change * change) / curvature[i]!;
    scale = last.product / weighted;
  }
  for (let i = 0; i < q.length; i++) q[i]! *= scale / curvature[i]!;
  for (const { step, change, product } of pairs) add(q, step, shares.pop()! - dot(change, q) / product);
  return q.map((of) => -of);
}

function dot(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += a[i]! * b[i]!;
  return sum;
}

function add(to: Float64Array, of: Float64Array, times: number): void {
  for (let i = 0; i < to.length; i++) to[i]! += times * of[i]!;
}

function difference(a: Float64Array, b: Float64Array): Float64Array {
  return a.map((of, i) => of - b[i]!);
}

function largestOf(gradient: Float64Array): number {
  let most = 0;
  // NaN counts as the largest: a search that met one has not converged.
  for (const of of gradient) if (!(Math.abs(of) <= most)) most = Math.abs(of);
  return most;
}
