/**
 * Renyi differential privacy of the Poisson-subsampled Gaussian, and its conversion to (epsilon, delta). Mironov, Talwar, Zhang 2019 (arXiv
 * 1908.10530) section 3.3; conversion: Balle et al. 2020 (Theorem 21), which is Proposition 12 of Canonne, Kamath, Steinke 2020. Neighbours
 * differ by one added or removed example; sensitivity is 1, noise is N(0, sigma^2).
 *
 * Integer orders only. Our noise is a discrete Gaussian: for an integer shift v and an integer order j the moment E[(p_v/p_0)^j] is
 * exp((j^2 - j)|v|^2 / (2 sigma^2)), as in the continuous case, because the shift j*v stays on the grid. The binomial expansion of an
 * integer order needs nothing else, so its values hold for the mechanism that actually runs. Not here: fractional orders, privacy-loss
 * distributions, shuffled batches (a shuffle is not Poisson sampling).
 */
import { MeshError } from '../errors.ts';

/** Rounds of one mechanism: sampling rate q, noise multiplier sigma (deviation over clip norm), how many times it ran. */
export interface DpPhase {
  /** The sampling rate, named as in manifests, ledger records and reports, because each of those serves as a phase directly. */
  readonly rate: number;
  readonly sigma: number;
  readonly rounds: number;
}

/** Rounds of one mechanism, with the numbers of an update and their grid if the record has them. */
export interface PaidPhase extends DpPhase {
  readonly coordinates?: number | undefined;
  readonly gridBits?: number | undefined;
}

export interface EpsilonResult {
  readonly epsilon: number;
  /** The order that gave the smallest epsilon. */
  readonly order: number;
  /** True if that order was the first or last one tried: another order might do better, but epsilon is valid. */
  readonly atEdge: boolean;
}

const orders = Array.from({ length: 63 }, (_, i) => i + 2);
export const DEFAULT_ORDERS: readonly number[] = [...orders, 72, 80, 96, 128, 192, 256, 512, 1024];
/** While the last order is the best, the search doubles it, up to this one. */
const ORDER_MAX = 16_384;
/** Curves kept: one for each (rate, sigma); a calibration tries about 25. */
const CURVES_MAX = 256;

const curves = new Map<string, Map<number, number>>();

/**
 * RDP of one round at one order; relative error below 1e-10.
 * @param order integer alpha >= 2
 * @param samplingRate q in [0, 1]; 0 costs nothing, 1 is the plain Gaussian alpha / (2 sigma^2)
 * @param sigma noise multiplier >= 0; 0 costs infinity
 * @throws MeshError field-invalid
 */
export function stepRdp(order: number, samplingRate: number, sigma: number): number {
  if (!Number.isSafeInteger(order) || order < 2) refuse('order', 'an integer of at least 2', order);
  checkMechanism(samplingRate, sigma);
  if (samplingRate === 0) return 0;
  if (sigma === 0) return Infinity;
  if (samplingRate === 1) return order / (2 * sigma * sigma);
  return softplus(logExcess(order, samplingRate, sigma)) / (order - 1);
}

/**
 * log(A - 1), where A is the order's moment. A - 1 = sum over i >= 2 of Binomial(order, q)(i) * expm1((i^2 - i) / (2 sigma^2)): the
 * probabilities sum to one, so subtracting them term by term leaves no negative term and tiny values keep their accuracy.
 */
function logExcess(order: number, samplingRate: number, sigma: number): number {
  const [logHit, logMiss] = [Math.log(samplingRate), Math.log1p(-samplingRate)];
  let logBinomial = Math.log(order);
  let total = -Infinity;
  for (let i = 2; i <= order; i++) {
    logBinomial += Math.log((order - i + 1) / i);
    const gain = (i * (i - 1)) / (2 * sigma * sigma);
    total = logAdd(total, logBinomial + i * logHit + (order - i) * logMiss + logExpm1(gain));
  }
  return total;
}

/** RDP at one order after all phases. It adds up for any rates and sigmas. */
export function composedRdp(phases: readonly DpPhase[], order: number): number {
  let sum = 0;
  for (const { rate, sigma, rounds } of phases) {
    checkRounds(rounds);
    if (rounds > 0) sum += rounds * keptRdp(order, rate, sigma);
  }
  return sum;
}

/** Adds up the rounds of equal mechanisms, so that a bill has the same value however its rounds were recorded. */
export function mergePhases(phases: readonly DpPhase[]): DpPhase[] {
  const merged = new Map<string, DpPhase>();
  for (const phase of phases) {
    checkRounds(phase.rounds);
    const key = `${phase.rate}/${phase.sigma}`;
    const rounds = (merged.get(key)?.rounds ?? 0) + phase.rounds;
    merged.set(key, { rate: phase.rate, sigma: phase.sigma, rounds });
  }
  return [...merged.values()];
}

/**
 * Epsilon of all phases together at `delta`.
 * @throws MeshError field-invalid
 */
export function epsilonOf(phases: readonly DpPhase[], delta: number): EpsilonResult {
  const merged = mergePhases(phases);
  const tried = [...DEFAULT_ORDERS];
  const rdp = tried.map((order) => composedRdp(merged, order));
  for (;;) {
    const result = toEpsilon(tried, rdp, delta);
    const last = tried.at(-1)!;
    if (result.order !== last || result.epsilon === 0 || last >= ORDER_MAX) return result;
    tried.push(last * 2);
    rdp.push(composedRdp(merged, last * 2));
  }
}

/**
 * A delta at which all phases together are (epsilon, delta)-private: the smallest over the default orders.
 * @throws MeshError field-invalid
 */
export function deltaOf(phases: readonly DpPhase[], epsilon: number): number {
  const merged = mergePhases(phases);
  const rdp = DEFAULT_ORDERS.map((order) => composedRdp(merged, order));
  return toDelta(DEFAULT_ORDERS, rdp, epsilon);
}

/**
 * The conversion alone, for any RDP curve.
 * @param tried orders > 1 (here they need not be integers), one RDP value >= 0 each
 * @throws MeshError field-invalid
 */
export function toEpsilon(tried: readonly number[], rdp: readonly number[], delta: number): EpsilonResult {
  if (!(delta >= 0 && delta <= 1)) refuse('delta', '0..1', delta);
  checkCurve(tried, rdp);
  let epsilon = Infinity;
  let best = 0;
  for (const [i, order] of tried.entries()) {
    const candidate = epsilonAt(order, rdp[i]!, delta);
    if (candidate < epsilon) [epsilon, best] = [candidate, i];
  }
  return { epsilon, order: tried[best]!, atEdge: epsilon > 0 && (best === 0 || best === tried.length - 1) };
}

function epsilonAt(order: number, rdp: number, delta: number): number {
  // Equal distributions; or total variation <= sqrt(1 - exp(-KL)) <= delta already (Bretagnolle & Huber 1979).
  if (rdp === 0 || delta * delta + Math.expm1(-rdp) > 0) return 0;
  // Near order 1 the bound is useless and suffers from cancellation.
  if (delta === 0 || order <= 1.01) return Infinity;
  return Math.max(0, rdp + Math.log1p(-1 / order) - (Math.log(delta) + Math.log(order)) / (order - 1));
}

/** The conversion read the other way. @throws MeshError field-invalid */
export function toDelta(tried: readonly number[], rdp: readonly number[], epsilon: number): number {
  if (!(epsilon >= 0)) refuse('epsilon', 'at least 0', epsilon);
  checkCurve(tried, rdp);
  let logDelta = 0;
  for (const [i, order] of tried.entries()) {
    const value = rdp[i]!;
    if (value === 0) return 0;
    logDelta = Math.min(logDelta, 0.5 * Math.log(-Math.expm1(-value)));
    if (order > 1.01 && value < Infinity) {
      logDelta = Math.min(logDelta, (order - 1) * (value - epsilon + Math.log1p(-1 / order)) - Math.log(order));
    }
  }
  return Math.exp(logDelta);
}

function checkCurve(tried: readonly number[], rdp: readonly number[]): void {
  if (tried.length === 0 || tried.length !== rdp.length) refuse('rdp', `${tried.length} values, at least one`, rdp.length);
  for (const order of tried) if (!(order > 1)) refuse('order', 'above 1', order);
  for (const value of rdp) if (!(value >= 0)) refuse('rdp', 'at least 0', value);
}

/** @throws MeshError field-invalid */
export function checkMechanism(samplingRate: number, sigma: number): void {
  if (!(samplingRate >= 0 && samplingRate <= 1)) refuse('rate', '0..1', samplingRate);
  if (!(sigma >= 0 && sigma < Infinity)) refuse('sigma', 'a finite number of at least 0', sigma);
}

function checkRounds(rounds: number): void {
  if (!Number.isSafeInteger(rounds) || rounds < 0) refuse('rounds', 'a whole number', rounds);
}

/** A budget slider asks for the same curve every time it moves. */
function keptRdp(order: number, samplingRate: number, sigma: number): number {
  const key = `${samplingRate}/${sigma}`;
  let curve = curves.get(key);
  if (curve === undefined) {
    curve = new Map();
    if (curves.size >= CURVES_MAX) curves.delete(curves.keys().next().value!);
    curves.set(key, curve);
  }
  let value = curve.get(order);
  if (value === undefined) {
    value = stepRdp(order, samplingRate, sigma);
    curve.set(order, value);
  }
  return value;
}

/** log(e^x - 1) for x > 0 */
function logExpm1(x: number): number {
  return x > 1 ? x + Math.log1p(-Math.exp(-x)) : Math.log(Math.expm1(x));
}

/** log(1 + e^x) */
function softplus(x: number): number {
  return x > 0 ? x + Math.log1p(Math.exp(-x)) : Math.log1p(Math.exp(x));
}

function logAdd(a: number, b: number): number {
  const [low, high] = a < b ? [a, b] : [b, a];
  return low === -Infinity || high === Infinity ? high : high + Math.log1p(Math.exp(low - high));
}

function refuse(field: string, expected: string, got: number): never {
  throw new MeshError('field-invalid', { field, expected, got: String(got) });
}
