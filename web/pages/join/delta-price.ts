/**
 * How many of the rounds that epsilon would buy are left at a federation's delta. An estimate by Rényi accounting alone; the account
 * decides.
 */
import type { ManifestBody } from '#protocol/manifest/manifest';
import { roundsWithin } from '#protocol/privacy/round-curve';

/** The delta of the bundled federations, and the one that founding proposes. */
export const USUAL_DELTA = 1e-5;
/** Rounds beyond this number are not counted. */
const ROUNDS_MAX = 100_000;

/** @returns rounds at the usual delta and at this one; null if this delta costs no rounds */
export function deltaPrice(privacy: ManifestBody['privacy']): { readonly before: number; readonly after: number } | null {
  const { delta, epsilon, rate, sigma } = privacy;
  if (delta >= USUAL_DELTA) return null;
  const at = (d: number) => roundsWithin(epsilon, d, { bill: [], next: { rate, sigma }, curve: null, roundsMax: ROUNDS_MAX });
  const [before, after] = [at(USUAL_DELTA), at(delta)];
  return after < before ? { before, after } : null;
}
