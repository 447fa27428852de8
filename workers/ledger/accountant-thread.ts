/** Asks the accountants in a thread that ends with its answer (accountant.worker.ts). A page's; elsewhere they are called in place. */
import * as Comlink from 'comlink';
import { MeshError } from '#protocol/errors';
import type { reportGuarantee } from '#protocol/privacy/ledger/report';
import type { ReportGuarantee, ReportPhase } from '#protocol/privacy/ledger/report-shape';
import type { CurveTerms, roundCurve, RoundCurve } from '#protocol/privacy/round-curve';

interface Accountants {
  readonly reportGuarantee: typeof reportGuarantee;
  readonly roundCurve: typeof roundCurve;
}

/** @throws MeshError internal when the thread does not start */
export function guaranteeInThread(phases: readonly ReportPhase[], delta: number): Promise<ReportGuarantee> {
  return inThread((accountants) => accountants.reportGuarantee(phases, delta));
}

/** @throws MeshError internal when the thread does not start */
export function curveInThread(terms: CurveTerms): Promise<RoundCurve> {
  return inThread((accountants) => accountants.roundCurve(terms));
}

async function inThread<T>(ask: (accountants: Comlink.Remote<Accountants>) => Promise<T>): Promise<T> {
  const thread = new Worker(new URL('../accountant.worker.ts', import.meta.url), { type: 'module', name: 'accountant' });
  const died = new Promise<never>((_, reject) => {
    thread.addEventListener('error', ({ message }) => reject(new MeshError('internal', { field: 'accountant', got: message })));
  });
  try {
    return await Promise.race([ask(Comlink.wrap<Accountants>(thread)), died]);
  } finally {
    thread.terminate();
  }
}
