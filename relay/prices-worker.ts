/** Computes one curve, or the cost of all rounds of a manifest, and exits: see prices.ts. */
import { parentPort, workerData } from 'node:worker_threads';
import type { Claim } from '#protocol/device-policy';
import { epsilonOfRounds, roundCurve, type CurveTerms } from '#protocol/privacy/round-curve';

const asked = workerData as { readonly curve: CurveTerms } | { readonly claim: Claim };
parentPort!.postMessage('curve' in asked ? roundCurve(asked.curve) : epsilonOfRounds(...asked.claim));
