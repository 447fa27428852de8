/**
 * Asks the accountants in a thread that ends after one answer (accountant.worker.ts). For pages only; elsewhere they are called directly.
 */
import type { ReportGuarantee, ReportPhase } from '#protocol/privacy/ledger/report-shape';
import type { Claim } from '#protocol/device-policy';
import type { CurveTerms, RoundCurve } from '#protocol/privacy/round-curve';
import { askOnce } from '#signaling/thread-calls';
import { unwrap } from '../answered.ts';
import type { Result } from '../api.ts';

/** The calls of accountant.worker.ts. */
export interface Accountants {
  reportGuarantee(phases: readonly ReportPhase[], delta: number): Promise<Result<ReportGuarantee>>;
  roundCurve(terms: CurveTerms): Promise<Result<RoundCurve>>;
  epsilonOfRounds(...claim: Claim): Promise<Result<number>>;
}

/** @throws MeshError internal if the thread does not start */
export function guaranteeInThread(phases: readonly ReportPhase[], delta: number): Promise<ReportGuarantee> {
  return inThread((accountants) => accountants.reportGuarantee(phases, delta));
}

/** @throws MeshError internal if the thread does not start */
export function curveInThread(terms: CurveTerms): Promise<RoundCurve> {
  return inThread((accountants) => accountants.roundCurve(terms));
}

async function inThread<T>(ask: (accountants: Accountants) => Promise<Result<T>>): Promise<T> {
  const thread = new Worker(new URL('../accountant.worker.ts', import.meta.url), { type: 'module', name: 'accountant' });
  return unwrap(await askOnce(thread, 'accountant', ask));
}
