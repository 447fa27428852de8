/** The relay's store on node:sqlite, in a worker thread (sqlite-worker.ts). Once a promise resolves, its bytes are on disk. */
import { Worker } from 'node:worker_threads';
import { inOwnBuffer } from '#protocol/codec';
import { MeshError } from '#protocol/errors';
import type { Quotas } from './quotas.ts';
import { OPENED, type Reply, type Request, type StoreMethod, type WorkerData } from './sqlite-requests.ts';
import type { Store } from './store.ts';

const BUSY_MS = 5000;

// Node runs the sources directly; a built relay has its worker beside it.
const WORKER = new URL(import.meta.url.endsWith('.ts') ? './sqlite-worker.ts' : './sqlite-worker.js', import.meta.url);

/**
 * @param path of the database file; its directory must exist
 * @param busyMs how long to wait for another process that still holds the file
 * @param mayBeNew false if the relay's key existed before: an empty database has then lost its content
 * @throws MeshError conflict if another relay holds or made the file, not-found if its content is gone, version-unsupported if a newer
 * build wrote it, internal if it is damaged
 */
export async function openSqliteStore(
  path: string,
  quotas: Quotas,
  { busyMs = BUSY_MS, mayBeNew = true }: { readonly busyMs?: number; readonly mayBeNew?: boolean } = {},
): Promise<Store> {
  const { methods, call, close } = await startWorker({ path, quotas, busyMs, mayBeNew });
  const calls = methods.map((name) => [name, (...args: readonly unknown[]) => call(name, args.map(ownBytes))] as const);
  return { ...(Object.fromEntries(calls) as unknown as Omit<Store, 'close'>), close };
}

interface Calls {
  readonly methods: readonly StoreMethod[];
  call(method: Request['method'], args: readonly unknown[]): Promise<unknown>;
  close(): Promise<void>;
}

async function startWorker(workerData: WorkerData): Promise<Calls> {
  const worker = new Worker(WORKER, { workerData });
  const waiting = new Map<number, PromiseWithResolvers<unknown>>();
  let lastId = OPENED;
  let ended: MeshError | null = null;

  const end = (error: MeshError) => {
    ended ??= error;
    for (const { reject } of waiting.values()) reject(ended);
    waiting.clear();
  };
  const expectReply = (id: number) => {
    const reply = Promise.withResolvers<unknown>();
    waiting.set(id, reply);
    return reply.promise;
  };
  const exited = new Promise<void>((resolve) => worker.once('exit', () => resolve()));
  worker.on('message', (reply: Reply) => {
    const waiter = waiting.get(reply.id);
    waiting.delete(reply.id);
    if (reply.ok) waiter?.resolve(reply.value);
    else waiter?.reject(new MeshError(reply.code, reply.detail));
  });
  worker.on('error', (cause) =>
    end(new MeshError('internal', { field: 'store', got: cause instanceof Error ? cause.message : String(cause) }, cause)),
  );
  worker.on('exit', () => end(new MeshError('internal', { field: 'store', expected: 'an open store', got: 'a closed one' })));

  const call: Calls['call'] = (method, args) => {
    if (ended !== null) return Promise.reject(ended);
    const id = ++lastId;
    const reply = expectReply(id);
    try {
      worker.postMessage({ id, method, args } satisfies Request);
    } catch (error) {
      waiting.delete(id);
      throw error;
    }
    return reply;
  };
  let closing: Promise<void> | null = null;
  const close = () => (closing ??= ended === null ? call('close', []).then(() => exited) : exited);
  const methods = (await expectReply(OPENED)) as readonly StoreMethod[];
  return { methods, call, close };
}

/** With every view in a buffer of its own, also inside records and cells. */
function ownBytes(value: unknown): unknown {
  if (value instanceof Uint8Array) return inOwnBuffer(value);
  if (Array.isArray(value)) return value.map(ownBytes);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, ownBytes(item)]));
}
