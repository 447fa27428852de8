/**
 * Computes the states of all federations in which a relay has a seat, in one thread apart from the sockets (states-worker.ts). Jobs queue,
 * so that only one at a time has its updates copied; if the thread dies, its job fails and the next one gets a new thread.
 */
import { setImmediate } from 'node:timers/promises';
import { Worker } from 'node:worker_threads';
import { inOwnBuffer } from '#protocol/codec';
import { MeshError, type ErrorCode, type ErrorDetail } from '#protocol/errors';
import type { ManifestBody } from '#protocol/manifest/manifest';
import type { Aggregate, MadeState } from '#protocol/robust/rule';

export type ToStates =
  | { readonly t: 'vector'; readonly bytes: Uint8Array }
  /** From the vectors sent before it; a base of null requests the first state. */
  | { readonly t: 'make'; readonly body: ManifestBody; readonly base: Uint8Array | null };
export type FromStates =
  | ({ readonly ok: true } & MadeState)
  | { readonly ok: false; readonly code: ErrorCode; readonly detail: ErrorDetail };

// Node runs the sources directly; a built relay has its worker beside it.
const WORKER = new URL(import.meta.url.endsWith('.ts') ? './states-worker.ts' : './states-worker.js', import.meta.url);

export interface StatesThread {
  readonly aggregate: Aggregate;
  close(): Promise<void>;
}

export function startStatesThread(): StatesThread {
  let worker: Worker | null = null;
  let closed = false;
  /** The running job and those behind it. */
  let last: Promise<unknown> = Promise.resolve();

  const run = async (body: ManifestBody, base: Uint8Array | null, vectors: readonly Uint8Array[]): Promise<MadeState> => {
    if (closed) throw ended();
    const thread = (worker ??= new Worker(WORKER));
    const reply = replyOf(thread);
    // One vector per turn of the event loop: copying all at once would block the sockets as long as computing here would.
    for (const bytes of vectors) {
      thread.postMessage({ t: 'vector', bytes: inOwnBuffer(bytes) } satisfies ToStates);
      await setImmediate();
    }
    thread.postMessage({ t: 'make', body, base: base === null ? null : inOwnBuffer(base) } satisfies ToStates);
    const answer = await reply.catch((error: unknown) => {
      worker = null;
      void thread.terminate();
      throw error;
    });
    if (!answer.ok) throw new MeshError(answer.code, answer.detail);
    return { hash: answer.hash, bytes: answer.bytes };
  };
  const aggregate: Aggregate = (body, base, vectors) => {
    const job = last.then(() => run(body, base, vectors));
    last = job.catch(() => {});
    return job;
  };
  return {
    aggregate,
    async close() {
      closed = true;
      await worker?.terminate();
    },
  };
}

function replyOf(thread: Worker): Promise<FromStates> {
  const reply = Promise.withResolvers<FromStates>();
  const failed = (cause: unknown) => reply.reject(ended(cause));
  const exited = () => failed(undefined);
  thread.once('message', reply.resolve).once('error', failed).once('exit', exited);
  const forget = () => void thread.off('message', reply.resolve).off('error', failed).off('exit', exited);
  reply.promise.then(forget, forget);
  return reply.promise;
}

const ended = (cause?: unknown): MeshError =>
  new MeshError(
    'internal',
    { field: 'states', expected: 'a running thread', got: cause instanceof Error ? cause.message : 'one that ended' },
    cause,
  );
