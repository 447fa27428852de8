/** Works one curve out and ends: see prices.ts. */
import { parentPort, workerData } from 'node:worker_threads';
import { roundCurve, type CurveTerms } from '#protocol/privacy/round-curve';

parentPort!.postMessage(roundCurve(workerData as CurveTerms));
