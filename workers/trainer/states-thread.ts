/** Makes states in a thread of their own (states.worker.ts), beside the one that answers links. A page's; elsewhere see aggregateHere. */
import * as Comlink from 'comlink';
import { MeshError } from '#protocol/errors';
import type { ManifestBody } from '#protocol/manifest/manifest';
import type { Aggregate, MadeState } from '#protocol/robust/rule';
import type { Result } from '../api.ts';
import { unwrap } from '../answered.ts';

/** The calls of states.worker.ts. */
export interface StatesWorker {
  aggregate(manifest: ManifestBody, base: Uint8Array | null, vectors: readonly Uint8Array[]): Promise<Result<MadeState>>;
}

interface Thread {
  readonly states: Comlink.Remote<StatesWorker>;
  readonly died: Promise<never>;
}

/** Started when it is first needed; one that died fails what was asked of it, and the next call starts another. */
export function aggregateInThread(): Aggregate {
  let running: Thread | null = null;
  return async (manifest, base, vectors) => {
    const thread = (running ??= startThread());
    const asked: Promise<Result<MadeState>> = thread.states.aggregate(manifest, base && own(base), vectors.map(own));
    const answer = await Promise.race([asked, thread.died]).catch((error: unknown) => {
      running = null;
      throw error;
    });
    return unwrap(answer);
  };
}

function startThread(): Thread {
  const worker = new Worker(new URL('../states.worker.ts', import.meta.url), { type: 'module', name: 'states' });
  const died = new Promise<never>((_, reject) => {
    worker.addEventListener('error', ({ message }) => {
      worker.terminate();
      reject(new MeshError('internal', { field: 'states', expected: 'a running thread', got: message }));
    });
  });
  died.catch(() => {}); // also when nobody waits
  return { states: Comlink.wrap<StatesWorker>(worker), died };
}

/** A view of a large buffer would be cloned with all that lies around it. */
const own = (bytes: Uint8Array): Uint8Array => (bytes.length === bytes.buffer.byteLength ? bytes : bytes.slice());
