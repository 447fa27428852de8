/**
 * How many of the rounds that its epsilon would buy a federation's delta leaves. By Renyi alone, so "about": the account's own count
 * decides.
 */
import type { ManifestBody } from '#protocol/manifest/manifest';
import { roundsWithin } from '#protocol/privacy/round-curve';

/** That of the federations which ship, and what founding proposes. */
export const USUAL_DELTA = 1e-5;
/** Nobody does more. */
const ROUNDS_MAX = 100_000;

/** @returns rounds at the usual delta and at this one; null where this one takes nothing from anybody */
export function deltaPrice(privacy: ManifestBody['privacy']): { readonly before: number; readonly after: number } | null {
  const { delta, epsilon, rate, sigma } = privacy;
  if (delta >= USUAL_DELTA) return null;
  const at = (d: number) => roundsWithin(epsilon, d, { bill: [], next: { rate, sigma }, curve: null, roundsMax: ROUNDS_MAX });
  const [before, after] = [at(USUAL_DELTA), at(delta)];
  return after < before ? { before, after } : null;
}
