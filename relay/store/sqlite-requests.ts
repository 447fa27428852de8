/**
 * The messages between the SQLite store and its worker thread: one request for every store method that touches the disk, and one reply for
 * every request. Errors cross as data, since a thrown object would lose its code.
 */
import type { Store } from './store.ts';
import type { ErrorCode, ErrorDetail } from '#protocol/errors';
import type { Quotas } from './quotas.ts';

export type StoreMethod = Exclude<keyof Store, 'close'>;
export type StoreArguments<M extends StoreMethod> = Parameters<Store[M]>;
export type StoreResult<M extends StoreMethod> = Awaited<ReturnType<Store[M]>>;

export interface Request {
  readonly id: number;
  readonly method: StoreMethod | 'close';
  readonly args: readonly unknown[];
}

export type Reply =
  | { readonly id: number; readonly ok: true; readonly value: unknown }
  | { readonly id: number; readonly ok: false; readonly code: ErrorCode; readonly detail: ErrorDetail };

/** Reply to nothing: the names of the methods once the file is open, or why it is not. */
export const OPENED = 0;

export interface WorkerData {
  readonly path: string;
  readonly quotas: Quotas;
  /** Milliseconds to wait for another process that holds the file. */
  readonly busyMs: number;
  /** False: an empty database has lost its content. */
  readonly mayBeNew: boolean;
}
