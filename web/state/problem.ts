/**
 * What a screen says when something failed: a code of the mesh, or that the relay did not answer at all.
 */
import { asMeshError, ERRORS, type ErrorCode, type ErrorDetail } from '#protocol/errors';
import type { Problem } from '#workers/api';

export interface Unreachable {
  readonly code: 'unreachable';
  readonly detail: ErrorDetail;
}
/** A link to a project that leads nowhere: cut short or mistyped, or to one that this relay does not have. */
export interface WrongLink {
  readonly code: 'link-incomplete' | 'project-unknown';
  readonly detail: ErrorDetail;
}
export type Shown = Problem | Unreachable | WrongLink;
export type Outcome<T> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly error: Shown };

export const UNREACHABLE: Unreachable = { code: 'unreachable', detail: {} };

export function isWrongLink(problem: Shown): problem is WrongLink {
  return problem.code === 'link-incomplete' || problem.code === 'project-unknown';
}

export function failed(error: unknown): { readonly ok: false; readonly error: Problem } {
  const { code, detail } = asMeshError(error);
  return { ok: false, error: { code, detail } };
}

export function isErrorCode(code: unknown): code is ErrorCode {
  return typeof code === 'string' && Object.hasOwn(ERRORS, code);
}
