/** Asks the loss distribution what a bill's rounds cost, if its answer would count, and bills them accordingly. */
import type { Manifest } from '#protocol/manifest/manifest';
import { roundCurve, type CurveTerms, type RoundCurve } from '#protocol/privacy/round-curve';
import type { Account } from './account.ts';
import { withTimeout } from './with-timeout.ts';

interface CurvePlace {
  /** Runs beside this thread; absent: in it. */
  curve?(terms: CurveTerms): Promise<RoundCurve>;
}

/**
 * Waits briefly for the answer: otherwise a budget would count as spent that has room by this answer. A later answer counts from then on;
 * without one the Renyi bound decides.
 * @param onLate called after an answer that came too late to be waited for
 */
export async function tightenEpsilon(
  account: Account | null,
  manifest: Manifest,
  platform: CurvePlace,
  onLate: () => Promise<void>,
): Promise<void> {
  const terms = account?.curveTerms(manifest) ?? null;
  if (account === null || terms === null) return;
  await withTimeout(async (late) => {
    account.countBy(await (platform.curve?.(terms) ?? roundCurve(terms)));
    if (late()) await onLate();
  });
}
