/** Computes the price of all rounds of a manifest in a thread that ends afterwards. Loaded on demand. */
import type { Claim } from '#protocol/device-policy';
import { MeshError } from '#protocol/errors';
import { askOnce } from '#signaling/thread-calls';
import type { Accountants } from '#workers/ledger/accountant-thread';

/** @throws MeshError internal if the thread does not start */
export async function roundsCost(...claim: Claim): Promise<number> {
  const thread = new Worker(new URL('../../workers/accountant.worker.ts', import.meta.url), { type: 'module', name: 'accountant' });
  const cost = await askOnce(thread, 'accountant', (accountants: Accountants) => accountants.epsilonOfRounds(...claim));
  if (cost.ok) return cost.value;
  throw new MeshError(cost.error.code, cost.error.detail);
}
