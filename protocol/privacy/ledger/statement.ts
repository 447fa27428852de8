/** The facts about a guarantee that a page or a report may state. Nothing here is wording, and nothing is rounded. */
import { MeshError } from '../../errors.ts';

/** What runs on the device: lots by Poisson sampling, sums with discrete Gaussian noise. */
export const MECHANISM = 'poisson-discrete-gaussian';
/** Neighbouring data sets differ by one unit that is there or not. */
export const ADJACENCY = 'add-remove';

/**
 * e^epsilon / (1 + e^epsilon): how sure anybody who starts at even odds can become that one row was used, from everything that
 * left the device (except in cases of probability delta). 1/2 is no knowledge, 1 is certainty.
 * @throws MeshError field-invalid
 */
export function probabilityBound(epsilon: number): number {
  if (!(epsilon >= 0)) throw new MeshError('field-invalid', { field: 'epsilon', expected: 'at least 0', got: String(epsilon) });
  return 1 / (1 + Math.exp(-epsilon));
}

/** Rounds left of a federation's T, given its number of models: none once it is finished. */
export function roundsOpen({ privacy }: { readonly privacy: { readonly rounds: number } }, models: number): number {
  return Math.max(0, privacy.rounds - models);
}
