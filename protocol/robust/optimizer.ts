/**
 * From the mean gradient to the next parameters: heavy-ball momentum (Polyak 1964) or Adam (Kingma & Ba 2015), with a schedule of step
 * sizes. Every peer that recomputes a round gets the same bits: IEEE 754 +, -, *, / and square roots in doubles, one rounding to float32
 * for each stored value, and no library function that engines may round their own way.
 * Not how updates become a mean gradient (robust/).
 */
import { MeshError } from '../errors.ts';
import { networkOf, type ManifestBody } from '../manifest/manifest.ts';
import { initialState, type ModelState } from '../model/state.ts';

type Rule = ManifestBody['rule'];

/** The state everybody starts from: the model's first parameters, and what its rule keeps. */
export function firstState(manifest: Pick<ManifestBody, 'task' | 'model' | 'rule' | 'privacy'>): ModelState {
  const { rule, privacy, model } = manifest;
  const first = initialState(networkOf(manifest), model.seed);
  return {
    ...first,
    ...(rule.optimizer === undefined ? {} : { variance: new Float32Array(first.parameters.length) }),
    ...(counts(rule) ? { applied: 0 } : {}),
    ...(privacy.adaptive === undefined ? {} : { clip: Math.fround(privacy.clip) }),
  };
}

/** Whether the rule depends on how many models were made before. */
function counts(rule: Rule): boolean {
  return rule.optimizer !== undefined || rule.schedule !== undefined;
}

/**
 * Momentum: m' = fround(momentum * m + g); p' = fround(p - step * m').
 *
 * Adam, with t the number of this model from 1: m' = fround(beta1 * m + (1 - beta1) * g); v' = fround(beta2 * v + (1 - beta2) * g^2); p' =
 * fround(p - step * m^ / (sqrt(v^) + epsilon)), where m^ = m' / (1 - beta1^t) and v^ = v' / (1 - beta2^t). With dpBias the noise's known
 * part of g^2 is subtracted from each incoming g^2 (so that rounds may differ in their number of members), and the divisor is sqrt(max(v^,
 * epsilon^2)): DP-AdamBC of Tang, Shpilevskiy and Lecuyer 2024 (arXiv 2312.14334) with gamma' = epsilon^2.
 *
 * @param gradient d doubles
 * @param noise the variance of the noise in each of them
 * @param rounds T of the schedule
 * @returns the updated part of `state` that the rule keeps; `state` itself is not changed
 * @throws MeshError wrong-length for a state of another rule, not-a-number when a value leaves float32
 */
export function applyStep(state: ModelState, gradient: Float64Array, rule: Rule, noise: number, rounds: number): ModelState {
  const { optimizer, schedule } = rule;
  const applied = counts(rule) ? required(state.applied, 'applied') : 0;
  const size = rule.step * (schedule === undefined ? 1 : stepShare(schedule, applied, rounds));
  const next = { parameters: new Float32Array(gradient.length), momentum: new Float32Array(gradient.length) };
  const counted = counts(rule) ? { applied: applied + 1 } : {};
  if (optimizer === undefined) {
    for (let i = 0; i < gradient.length; i++) {
      const m = Math.fround(rule.momentum * state.momentum[i]! + gradient[i]!);
      put(next, i, Math.fround(state.parameters[i]! - size * m), m);
    }
    return { ...next, ...counted };
  }
  const { beta1, beta2, epsilon, dpBias } = optimizer;
  const before = required(state.variance, 'variance');
  const variance = new Float32Array(gradient.length);
  const [share1, share2] = [1 - powerOf(beta1, applied + 1), 1 - powerOf(beta2, applied + 1)];
  const known = dpBias === true ? noise : 0;
  for (let i = 0; i < gradient.length; i++) {
    const g = gradient[i]!;
    const m = Math.fround(beta1 * state.momentum[i]! + (1 - beta1) * g);
    const v = Math.fround(beta2 * before[i]! + (1 - beta2) * (g * g - known));
    const root = dpBias === true ? Math.sqrt(Math.max(v / share2, epsilon * epsilon)) : Math.sqrt(v / share2) + epsilon;
    put(next, i, Math.fround(state.parameters[i]! - (size * (m / share1)) / root), m);
    if (!Number.isFinite(v)) throw overflow(`state.variance[${i}]`, String(v));
    variance[i] = v;
  }
  return { ...next, variance, ...counted };
}

function put({ parameters, momentum }: Pick<ModelState, 'parameters' | 'momentum'>, i: number, p: number, m: number): void {
  if (!Number.isFinite(m) || !Number.isFinite(p)) throw overflow(`state[${i}]`, `${p}, momentum ${m}`);
  momentum[i] = m;
  parameters[i] = p;
}

function overflow(field: string, got: string): MeshError {
  return new MeshError('not-a-number', { field, expected: 'a finite float32', got });
}

function required<T>(value: T | undefined, name: string): T {
  if (value === undefined)
    throw new MeshError('wrong-length', { field: `state.${name}`, expected: 'as the rule keeps it', got: 'nothing' });
  return value;
}

/**
 * The share of the full step that the next model is made with: rising in equal parts over `warmup` models, then, until T models were
 * made, staying, falling in equal parts, or by half a cosine (Loshchilov & Hutter 2017), to `floor`, where it stays.
 * @param applied models that were made before
 */
export function stepShare(schedule: NonNullable<Rule['schedule']>, applied: number, rounds: number): number {
  const { kind, warmup = 0, floor = 0 } = schedule;
  if (applied < warmup) return (applied + 1) / warmup;
  if (kind === 'constant') return 1;
  const way = Math.min(1, (applied - warmup) / (rounds - warmup));
  return floor + (1 - floor) * (kind === 'linear' ? 1 - way : (1 + cosineOfPi(way)) / 2);
}

/** cos(pi * x) for x in [0, 1], off by less than 1e-15: sin(pi/2 - pi * x), nested, of ten terms. */
export function cosineOfPi(x: number): number {
  const t = 3.141592653589793 * (0.5 - x);
  let sum = 1;
  for (let n = 20; n >= 2; n -= 2) sum = 1 - ((t * t) / (n * (n + 1))) * sum;
  return t * sum;
}

/** base^n by squaring: the same bits everywhere, which ** does not promise. @param n whole, from 0 */
export function powerOf(base: number, n: number): number {
  let [power, square] = [1, base];
  for (let rest = n; rest > 0; rest = Math.floor(rest / 2)) {
    if (rest % 2 === 1) power *= square;
    square *= square;
  }
  return power;
}
