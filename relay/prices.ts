/**
 * What rounds of a federation cost a member, as devices count them (protocol/privacy/round-curve.ts): for figures that a relay tells. A curve
 * takes about a second, so a thread makes it after it was first asked for, once for each federation; until then, and where none counts, it is
 * the Renyi bound. It knows nothing of what rows paid elsewhere.
 */
import { Worker } from 'node:worker_threads';
import type { Hash } from '#protocol/codec';
import type { Manifest } from '#protocol/manifest';
import { mechanismOf } from '#protocol/privacy/promise';
import { billedEpsilon, curveTermsOf, type CurveTerms, type RoundCurve } from '#protocol/privacy/round-curve';

// Node runs the sources as they are; the built relay has its worker beside it.
const WORKER = new URL(import.meta.url.endsWith('.ts') ? './prices-worker.ts' : './prices-worker.js', import.meta.url);

export type PriceOf = (manifest: Pick<Manifest, 'id' | 'body'>, rounds: number) => number;

/** @param curveOf null: no answer, Renyi stays */
export function openPrices(curveOf: (terms: CurveTerms) => Promise<RoundCurve | null> = inThread): PriceOf {
  /** Null while it is made, and where there is none. */
  const curves = new Map<Hash, RoundCurve | null>();
  let last: Promise<unknown> = Promise.resolve();
  return ({ id, body }, rounds) => {
    const { delta, epsilon, rounds: total } = body.privacy;
    const next = mechanismOf(body);
    if (rounds > 0 && !curves.has(id)) {
      curves.set(id, null);
      const terms = curveTermsOf([], { ...next, rounds: total }, delta, epsilon);
      // One at a time: a host that scrapes many federations has one thread busy, and not for long.
      if (terms !== null) last = last.then(async () => curves.set(id, await curveOf(terms).catch(() => null)));
    }
    return billedEpsilon([{ ...next, rounds }], delta, curves.get(id) ?? null);
  };
}

/** A thread for each: it is asked for once a federation, and ends by itself. */
function inThread(workerData: CurveTerms): Promise<RoundCurve | null> {
  const worker = new Worker(WORKER, { workerData });
  worker.unref();
  return new Promise((resolve) => {
    worker.once('message', resolve).once('error', () => resolve(null));
    worker.once('exit', () => resolve(null));
  });
}
