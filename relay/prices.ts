/**
 * What a federation's rounds cost a member, as devices count them (protocol/privacy/round-curve.ts): for figures that a relay publishes,
 * and for manifests submitted to it. A curve takes about a second, so a thread computes it on first request, once per federation. Until
 * then there is no figure; if no curve counts, the Renyi bound applies. It does not know what rows paid elsewhere.
 */
import { Worker } from 'node:worker_threads';
import type { Hash } from '#protocol/codec';
import type { Claim } from '#protocol/device-policy';
import { MeshError } from '#protocol/errors';
import { CLAIMS_WAITING_MAX } from '#protocol/limits';
import type { Manifest } from '#protocol/manifest/manifest';
import { mechanismOf } from '#protocol/privacy/ledger/promise';
import { billedEpsilon, curveTermsOf, type CurveTerms, type RoundCurve } from '#protocol/privacy/round-curve';

// Node runs the sources directly; a built relay has its worker beside it.
const WORKER = new URL(import.meta.url.endsWith('.ts') ? './prices-worker.ts' : './prices-worker.js', import.meta.url);

/** Null while it is computed: another accountant's figure would not match the budget. */
export type PriceOf = (manifest: Pick<Manifest, 'id' | 'body'>, rounds: number) => number | null;

/** @param curveOf returns null if it gets no answer; then Renyi decides */
export function openPrices(curveOf: (terms: CurveTerms) => Promise<RoundCurve | null> = (curve) => inThread({ curve })): PriceOf {
  const curves = new Map<Hash, RoundCurve | null | 'asked'>();
  let last: Promise<unknown> = Promise.resolve();
  return ({ id, body }, rounds) => {
    if (rounds === 0) return 0;
    const { delta, epsilon, rounds: total } = body.privacy;
    const next = mechanismOf(body);
    if (!curves.has(id)) {
      const terms = curveTermsOf([], { ...next, rounds: total }, delta, epsilon);
      curves.set(id, terms === null ? null : 'asked');
      // One at a time: scraping many federations occupies one thread only, and not for long.
      if (terms !== null) last = last.then(async () => curves.set(id, await curveOf(terms).catch(() => null)));
    }
    const curve = curves.get(id)!;
    return curve === 'asked' ? null : billedEpsilon([{ ...next, rounds }], delta, curve);
  };
}

export type RoundsCost = (...claim: Claim) => Promise<number>;

/**
 * Checks claims one at a time: anybody may publish, and a manifest can be made to cost seconds.
 * @throws MeshError overloaded while too many wait; internal if the thread gives no answer
 */
export function openClaims(costOf: (claim: Claim) => Promise<number | null> = (claim) => inThread({ claim })): RoundsCost {
  let waiting = 0;
  let last: Promise<unknown> = Promise.resolve();
  return async (...claim) => {
    if (waiting >= CLAIMS_WAITING_MAX) throw new MeshError('overloaded', { field: 'privacy.epsilon', expected: 'fewer manifests at once' });
    waiting++;
    const mine = last.then(() => costOf(claim)).finally(() => waiting--);
    last = mine.catch(() => null);
    const cost = await mine;
    if (cost === null) throw new MeshError('internal', { field: 'privacy.epsilon', expected: 'an accountant that answers' });
    return cost;
  };
}

/** One short-lived thread per call, needed once per federation. Null if it gives no answer. */
function inThread<T>(workerData: { readonly curve: CurveTerms } | { readonly claim: Claim }): Promise<T | null> {
  const worker = new Worker(WORKER, { workerData });
  worker.unref();
  return new Promise((resolve) => {
    worker.once('message', resolve).once('error', () => resolve(null));
    worker.once('exit', () => resolve(null));
  });
}
