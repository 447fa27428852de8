/**
 * What a screen says when something failed: a code of the mesh, or that the relay did not answer at all.
 */
import { asMeshError, ERRORS, type ErrorCode, type ErrorDetail } from '#protocol/errors';
import type { Problem } from '#workers/api';

export interface Unreachable {
  readonly code: 'unreachable';
  readonly detail: ErrorDetail;
}
export type Shown = Problem | Unreachable;
export type Outcome<T> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly error: Shown };

export const UNREACHABLE: Unreachable = { code: 'unreachable', detail: {} };

export function failed(error: unknown): { readonly ok: false; readonly error: Problem } {
  const { code, detail } = asMeshError(error);
  return { ok: false, error: { code, detail } };
}

export function isErrorCode(code: unknown): code is ErrorCode {
  return typeof code === 'string' && Object.hasOwn(ERRORS, code);
}
