/** Asks the loss distribution what the rounds of a bill cost, if its answer would count, and prices the bill by the answer. */
import type { Manifest } from '#protocol/manifest/manifest';
import { roundCurve, type CurveTerms, type RoundCurve } from '#protocol/privacy/round-curve';
import type { Account } from './account.ts';
import { withTimeout } from './with-timeout.ts';

interface CurvePlace {
  /** Beside this thread; absent: in it. */
  curve?(terms: CurveTerms): Promise<RoundCurve>;
}

/**
 * Waits for the answer a little: a budget that it finds room in is then not taken for spent first. An answer that comes later counts from
 * then on; without one the Renyi bound goes on deciding.
 * @param onLate after an answer that nobody waited for
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
