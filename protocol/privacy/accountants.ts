/**
 * The guarantee of the mechanism that actually runs, by every valid accountant. The smallest valid figure counts; all are kept.
 *
 * - Renyi at integer orders holds for discrete Gaussian noise as it is (rdp.ts), and by a filter for settings that were chosen by what
 *   earlier rounds revealed (filter.ts).
 * - Privacy-loss distributions are of continuous noise. Rounding our sum plus continuous noise to the grid is post-processing, since the
 *   sum is on the grid already; and the discrete Gaussian differs from a rounded normal by so little that it can be paid for in delta: with
 *   density error ((k/s)^2 - 1) / (24 s^2) at grid point k, the chi-square divergence of one coordinate is 1 / (288 s^4), s the deviation
 *   in grid steps. It bounds KL, which adds up over coordinates and rounds no matter how rounds adapt to what they saw, and Pinsker's
 *   inequality turns that into a distance tau. (epsilon, d)-privacy of one is (epsilon, d + (1 + e^epsilon) tau)-privacy of the other. They
 *   count if all rounds have the same settings. For several settings they hold only if no setting was chosen after seeing results, which
 *   nobody can know of federations that others founded: then they are reported but do not count.
 */
import { MeshError } from '../errors.ts';
import { filteredEpsilon, isMixed } from './filter.ts';
import { pldEpsilon } from './pld.ts';
import type { EpsilonResult, DpPhase } from './rdp.ts';

/** Rounds of one mechanism on one grid. */
export interface GridPhase extends DpPhase {
  /** d, the numbers of one update. */
  readonly coordinates: number;
  /** Grid steps per clip norm, as a power of two. */
  readonly gridBits: number;
}

export interface Guarantee {
  /** The smallest of those that count. */
  readonly epsilon: number;
  readonly delta: number;
  readonly by: 'rdp' | 'pld';
  readonly rdp: EpsilonResult;
  /** Null if the grid is too coarse for the comparison, or the distance alone would cost more than delta. */
  readonly pld: PldGuarantee | null;
  /** Whether settings differ, so that the loss distribution holds only if no setting was chosen after seeing earlier rounds. */
  readonly mixed: boolean;
}

export interface PldGuarantee {
  readonly epsilon: number;
  /** See PldResult. */
  readonly error: number;
  /** tau, the distance between discrete and rounded noise over all rounds. */
  readonly distance: number;
}

/** Below it the expansion's next terms are not far below its first. */
const DEVIATION_MIN = 100;
/** Beyond it, e^epsilon times the distance uses up delta. */
const EPSILON_MAX = 60;
/** Below it, the transform's rounding error is no longer small compared with delta. */
const DELTA_MIN = 1e-9;

/**
 * @param delta above 0, below 1
 * @throws MeshError field-invalid
 */
export function guaranteeOf(phases: readonly GridPhase[], delta: number): Guarantee {
  const rdp = filteredEpsilon(phases, delta);
  const mixed = isMixed(phases);
  const left = deltaLeft(delta, rdp.epsilon, noiseDistance(phases));
  const pld = left === null ? null : pldOf(phases, left, rdp.epsilon);
  const by = !mixed && pld !== null && pld.epsilon < rdp.epsilon ? 'pld' : 'rdp';
  return { epsilon: by === 'pld' ? pld!.epsilon : rdp.epsilon, delta, by, rdp, pld, mixed };
}

function pldOf(phases: readonly GridPhase[], left: number, epsilonAtMost: number): PldGuarantee | null {
  const { epsilon, error } = pldEpsilon(phases, left);
  return epsilon <= epsilonAtMost ? { epsilon, error, distance: noiseDistance(phases) } : null;
}

/**
 * What remains of delta after paying for the distance; null if nothing does. It uses the other accountant's larger epsilon, at which the
 * distance costs more: safe, and without a search.
 */
export function deltaLeft(delta: number, epsilonAtMost: number, distance: number): number | null {
  if (!(epsilonAtMost > 0 && epsilonAtMost < EPSILON_MAX && delta >= DELTA_MIN)) return null;
  const left = delta - (1 + Math.exp(epsilonAtMost)) * distance;
  return left > 0 ? left : null;
}

/** tau over all rounds; Infinity if some grid is too coarse. @throws MeshError field-invalid */
export function noiseDistance(phases: readonly GridPhase[]): number {
  let divergence = 0;
  for (const { sigma, rounds, coordinates, gridBits } of phases) {
    if (!Number.isSafeInteger(coordinates) || coordinates < 1) {
      throw new MeshError('field-invalid', { field: 'coordinates', expected: 'a whole number from 1', got: String(coordinates) });
    }
    const deviation = sigma * 2 ** gridBits;
    if (rounds > 0 && deviation < DEVIATION_MIN) return Infinity;
    divergence += (rounds * coordinates) / (288 * deviation ** 4);
  }
  return Math.sqrt(divergence / 2);
}
