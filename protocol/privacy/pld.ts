/**
 * The privacy-loss distribution of the Poisson-subsampled Gaussian, composed by FFT (Koskela, Jalko, Honkela 2020), as an upper bound: each
 * cell's mass is split between the cell's ends so that both its probabilities, under the mechanism and under its neighbour, are kept
 * ("connect the dots", Doroshenko et al. 2022). That dominates the true distribution, and its excess falls with the square of the cell.
 * Mass that is cut off, and mass that wraps around in the transform, is added to delta. Both directions of adding or removing one unit are
 * kept, and the worse counts. It assumes continuous noise: the caller accounts for what discrete noise adds to delta (accountants.ts).
 */
import { MeshError } from '../errors.ts';
import { transformOf, type Transform } from './fft.ts';
import { intervalMass, upperTail } from './normal-tail.ts';
import { lossAt, momentsOf, noiseAt, NOISE_REACH, windowOf, type Direction, type Mechanism, type Moments } from './pld-window.ts';
import { checkMechanism, mergePhases, type DpPhase } from './rdp.ts';

/** Cells of the composed distribution. */
const CELLS_LOG2 = 20;
/** The same, when many answers are computed at once. */
const REPEATED_CELLS_LOG2 = 14;
/** What may lie outside the window, as a share of the delta asked for. */
const OUTSIDE_SHARE = 1e-6;
/** Cells of one round: more would take longer than the transform. */
const ROUND_CELLS_MAX = 2 ** 22;

export interface PldResult {
  /** An upper bound. */
  readonly epsilon: number;
  /**
   * The most by which it may exceed the true value for this (continuous) mechanism: what a grid twice as coarse and the cut-off mass add.
   */
  readonly error: number;
}

/**
 * @param delta above 0, below 1
 * @returns epsilon of all phases together; Infinity when some phase has no noise
 * @throws MeshError field-invalid
 */
export function pldEpsilon(phases: readonly DpPhase[], delta: number, cellsLog2: number = CELLS_LOG2): PldResult {
  if (!(delta > 0 && delta < 1)) refuse('delta', 'between 0 and 1', delta);
  const merged = checkPhases(phases);
  if (merged.length === 0) return { epsilon: 0, error: 0 };
  if (merged.some(({ sigma }) => sigma === 0)) return { epsilon: Infinity, error: 0 };
  const fine = compositionOf(merged, delta * OUTSIDE_SHARE, cellsLog2);
  const coarse = compositionOf(merged, delta * OUTSIDE_SHARE, cellsLog2 - 1);
  const epsilon = fine.epsilon(delta);
  // Halving the cell quarters the excess, so the coarse grid exceeds the fine one by three times the fine one's excess.
  const error = Math.max(0, coarse.epsilon(delta) - epsilon) + (epsilon - fine.epsilon(delta + 2 * fine.lost));
  return { epsilon, error };
}

/** Delta at epsilon, an upper bound. @throws MeshError field-invalid */
export function pldDelta(phases: readonly DpPhase[], epsilon: number, cellsLog2: number = CELLS_LOG2): number {
  if (!(epsilon >= 0)) refuse('epsilon', 'at least 0', epsilon);
  const merged = checkPhases(phases);
  if (merged.length === 0) return 0;
  if (merged.some(({ sigma }) => sigma === 0)) return 1;
  return Math.min(1, compositionOf(merged, 1e-14, cellsLog2, epsilon).delta(epsilon));
}

function checkPhases(phases: readonly DpPhase[]): DpPhase[] {
  for (const { rate, sigma } of phases) checkMechanism(rate, sigma);
  return mergePhases(phases).filter(({ rate, rounds }) => rate > 0 && rounds > 0);
}

/** Cells that losses are counted in. */
interface Grid {
  readonly transform: Transform;
  /** Width of a cell. */
  readonly cell: number;
}

/** One round on a grid, transformed: remove is the packed pair's real part, add its imaginary one. */
interface Spectrum {
  readonly re: Float64Array;
  readonly im: Float64Array;
  /** Mass beyond the reach, whose loss counts as infinite. */
  readonly cut: number;
}

/** Rounds of one spectrum. The spectrum is made only when needed, because it is as large as the answer. */
interface Part {
  readonly rounds: number;
  readonly spectrum: () => Spectrum;
}

function gridFor(span: number, phases: readonly Mechanism[], cellsLog2: number): Grid {
  const size = 2 ** cellsLog2;
  const roundReach = Math.max(
    ...phases.map((phase) => lossAt(NOISE_REACH * phase.sigma + 1, phase) - lossAt(-NOISE_REACH * phase.sigma, phase)),
  );
  const cell = Math.max((Math.max(span, 1e-9) * 1.02) / (size - 8), roundReach / ROUND_CELLS_MAX);
  return { transform: transformOf(size), cell };
}

function spectrumOf(phase: Mechanism, { transform, cell: h }: Grid): Spectrum {
  const { sigma, rate } = phase;
  const n = transform.size;
  const [remove, add] = [new Float64Array(n), new Float64Array(n)];
  const [from, to] = [-NOISE_REACH * sigma, NOISE_REACH * sigma + 1];
  const first = Math.floor(lossAt(from, phase) / h);
  const last = Math.ceil(lossAt(to, phase) / h);
  const put = (cells: Float64Array, index: number, mass: number) => (cells[((index % n) + n) % n]! += mass);
  let x = from;
  for (let i = first; i < last; i++) {
    const next = Math.min(to, Math.max(from, noiseAt((i + 1) * h, phase)));
    const without = intervalMass(x / sigma, next / sigma);
    const withIt = (1 - rate) * without + rate * intervalMass((x - 1) / sigma, (next - 1) / sigma);
    x = next;
    split(withIt, without, i * h, h, (end, mass) => put(remove, i + end, mass));
    // The other direction: the mechanism without the unit, loss negated, from -(i + 1) h to -i h.
    split(without, withIt, -(i + 1) * h, h, (end, mass) => put(add, end - i - 1, mass));
  }
  transform.forward(remove, add);
  // Mass cut off on either side counts as an infinite loss, in the direction where it matters most.
  const cut = (1 - rate) * upperTail(to / sigma) + rate * upperTail((to - 1) / sigma) + 2 * upperTail(NOISE_REACH);
  return { re: remove, im: add, cut };
}

function compositionOf(phases: readonly DpPhase[], outside: number, cellsLog2: number, epsilon = 0): Composition {
  const window = windowOf(
    phases.map((phase) => ({ moments: momentsOf(phase), rounds: phase.rounds })),
    outside,
  );
  const grid = gridFor(Math.max(window.high, epsilon) - window.low, phases, cellsLog2);
  const parts = phases.map((phase) => ({ rounds: phase.rounds, spectrum: () => spectrumOf(phase, grid) }));
  return new Composition(grid, parts, window.low, outside);
}

/**
 * Answers for many numbers of rounds of one mechanism. Only the last step differs, so all share one grid and one spectrum. Answers are
 * upper bounds, like pldEpsilon's, on a coarser grid.
 */
export class RepeatedRound {
  readonly #grid: Grid;
  readonly #spectrum: Spectrum;
  readonly #moments: Moments;
  readonly #outside: number;

  /** @param roundsMax the largest number that will be asked for @throws MeshError field-invalid */
  constructor(mechanism: Mechanism, delta: number, roundsMax: number, cellsLog2: number = REPEATED_CELLS_LOG2) {
    checkMechanism(mechanism.rate, mechanism.sigma);
    if (!(delta > 0 && delta < 1)) refuse('delta', 'between 0 and 1', delta);
    if (!(mechanism.rate > 0 && mechanism.sigma > 0)) refuse('rate and sigma', 'above 0', Math.min(mechanism.rate, mechanism.sigma));
    this.#moments = momentsOf(mechanism);
    this.#outside = delta * OUTSIDE_SHARE;
    let span = 0;
    for (let rounds = roundsMax; rounds >= 1; rounds = Math.floor(rounds / 2)) {
      const { low, high } = this.#window(rounds);
      span = Math.max(span, high - low);
    }
    this.#grid = gridFor(span * 1.1, [mechanism], cellsLog2);
    this.#spectrum = spectrumOf(mechanism, this.#grid);
  }

  /** @returns Infinity for more rounds than the grid was made for */
  epsilon(rounds: number, delta: number): number {
    const { low, high } = this.#window(rounds);
    if (high - low > this.#grid.cell * (this.#grid.transform.size - 8)) return Infinity;
    return new Composition(this.#grid, [{ rounds, spectrum: () => this.#spectrum }], low, this.#outside).epsilon(delta);
  }

  #window(rounds: number) {
    return windowOf([{ moments: this.#moments, rounds }], this.#outside);
  }
}

class Composition {
  readonly #cell: number;
  readonly #size: number;
  /** Index of loss 0 of the composed distribution, which lies in a window of `size` cells. */
  readonly #low: number;
  /** Mass that is not in the window, counted as infinite losses. */
  readonly lost: number;
  readonly #masses: Record<Direction, Float64Array>;

  /** Each round's spectrum is raised to the number of rounds in polar form; phases multiply. */
  constructor({ transform, cell }: Grid, parts: readonly Part[], low: number, outside: number) {
    const n = transform.size;
    this.#size = n;
    this.#cell = cell;
    this.#low = Math.floor(low / cell) - 2;
    const total = { re: new Float64Array(n), im: new Float64Array(n) };
    let lost = outside;
    for (const [p, { rounds, spectrum }] of parts.entries()) {
      const { re, im, cut } = spectrum();
      lost += rounds * cut;
      raise(re, im, rounds, p === 0 ? null : total, total);
    }
    this.lost = lost;
    transform.backward(total.re, total.im);
    // Cell i of the window is loss (low + i) * cell; the transform has it at (low + i) modulo n.
    const unwrap = (values: Float64Array) => {
      const out = new Float64Array(n);
      for (let i = 0; i < n; i++) out[i] = Math.max(0, values[(((this.#low + i) % n) + n) % n]!);
      return out;
    };
    this.#masses = { remove: unwrap(total.re), add: unwrap(total.im) };
  }

  /** Sum over losses above epsilon of mass * (1 - e^(epsilon - loss)), and what was lost. */
  delta(epsilon: number): number {
    return Math.max(...(['remove', 'add'] as const).map((direction) => this.#hockeyStick(this.#masses[direction], epsilon))) + this.lost;
  }

  #hockeyStick(masses: Float64Array, epsilon: number): number {
    let sum = 0;
    const first = Math.max(0, Math.ceil(epsilon / this.#cell) - this.#low);
    for (let i = this.#size - 1; i >= first; i--) sum += masses[i]! * -Math.expm1(epsilon - (this.#low + i) * this.#cell);
    return sum;
  }

  epsilon(delta: number): number {
    return Math.max(...(['remove', 'add'] as const).map((direction) => this.#solve(this.#masses[direction], delta - this.lost)));
  }

  /**
   * Walks down from the largest loss: with `mass` and `weighed` the sums of mass and of mass * e^-loss above a cell, delta between two
   * cells is mass - e^epsilon weighed, solved for epsilon where it crosses. Losses are counted from the current cell, so that nothing
   * overflows.
   */
  #solve(masses: Float64Array, delta: number): number {
    if (!(delta > 0)) return Infinity;
    const shrink = Math.exp(-this.#cell);
    let [mass, weighed] = [0, 0];
    for (let i = this.#size - 1; i >= 0; i--) {
      // Above this cell: delta at its own loss.
      if (mass - weighed > delta) {
        const epsilon = (this.#low + i) * this.#cell + Math.log((mass - delta) / weighed);
        return Math.max(0, epsilon);
      }
      mass += masses[i]!;
      weighed = (weighed + masses[i]!) * shrink;
    }
    return 0;
  }
}

/** Splits a cell's mass between its ends so that both probabilities stay: a + b = p and a e^-l + b e^-(l + h) = q. */
function split(p: number, q: number, low: number, h: number, put: (end: 0 | 1, mass: number) => void): void {
  if (p <= 0) return;
  const upper = Math.min(p, Math.max(0, (p - q * Math.exp(low)) / -Math.expm1(-h)));
  put(0, p - upper);
  put(1, upper);
}

/** Splits a packed pair of real spectra, raises both to `power`, multiplies them into `by` (null: one), and packs them into `out`. */
function raise(
  re: Float64Array,
  im: Float64Array,
  power: number,
  by: { readonly re: Float64Array; readonly im: Float64Array } | null,
  out: { readonly re: Float64Array; readonly im: Float64Array },
): void {
  const n = re.length;
  for (let k = 0; k <= n / 2; k++) {
    const m = (n - k) % n;
    let [ar, ai] = powerOf((re[k]! + re[m]!) / 2, (im[k]! - im[m]!) / 2, power);
    let [br, bi] = powerOf((im[k]! + im[m]!) / 2, (re[m]! - re[k]!) / 2, power);
    if (by !== null) {
      const [pr, pi] = [(by.re[k]! + by.re[m]!) / 2, (by.im[k]! - by.im[m]!) / 2];
      const [qr, qi] = [(by.im[k]! + by.im[m]!) / 2, (by.re[m]! - by.re[k]!) / 2];
      [ar, ai] = [ar * pr - ai * pi, ar * pi + ai * pr];
      [br, bi] = [br * qr - bi * qi, br * qi + bi * qr];
    }
    out.re[k] = ar - bi;
    out.im[k] = ai + br;
    out.re[m] = ar + bi;
    out.im[m] = br - ai;
  }
}

function powerOf(re: number, im: number, power: number): [number, number] {
  const size = Math.hypot(re, im);
  if (size === 0) return [0, 0];
  const [length, angle] = [Math.exp(power * Math.log(size)), power * Math.atan2(im, re)];
  return [length * Math.cos(angle), length * Math.sin(angle)];
}

function refuse(field: string, expected: string, got: number): never {
  throw new MeshError('field-invalid', { field, expected, got: String(got) });
}
