/** Asks the accountants in a thread that ends with its answer (accountant.worker.ts). A page's; elsewhere they are called in place. */
import * as Comlink from 'comlink';
import { MeshError } from '#protocol/errors';
import type { reportGuarantee } from '#protocol/privacy/report';
import type { ReportGuarantee, ReportPhase } from '#protocol/privacy/report-shape';

/** @throws MeshError internal when the thread does not start */
export async function guaranteeInThread(phases: readonly ReportPhase[], delta: number): Promise<ReportGuarantee> {
  const thread = new Worker(new URL('./accountant.worker.ts', import.meta.url), { type: 'module', name: 'accountant' });
  const died = new Promise<never>((_, reject) => {
    thread.addEventListener('error', ({ message }) => reject(new MeshError('internal', { field: 'accountant', got: message })));
  });
  try {
    return await Promise.race([Comlink.wrap<typeof reportGuarantee>(thread)(phases, delta), died]);
  } finally {
    thread.terminate();
  }
}
