/** Asks the accountant what all rounds of a manifest cost, in a thread that ends with its answer. Loaded when a manifest needs it. */
import { wrap } from 'comlink';
import type { Claim } from '#protocol/device-policy';
import { MeshError } from '#protocol/errors';

interface Accountant {
  epsilonOfRounds(...claim: Claim): number;
}

/** @throws MeshError internal when the thread does not start */
export async function roundsCost(...claim: Claim): Promise<number> {
  const thread = new Worker(new URL('../../workers/accountant.worker.ts', import.meta.url), { type: 'module', name: 'accountant' });
  const died = new Promise<never>((_, reject) => {
    thread.addEventListener('error', ({ message }) => reject(new MeshError('internal', { field: 'accountant', got: message })));
  });
  try {
    return await Promise.race([wrap<Accountant>(thread).epsilonOfRounds(...claim), died]);
  } finally {
    thread.terminate();
  }
}
