/** A failure that a screen shows: an error code of the mesh, or a broken link. */
import { asMeshError, type ErrorDetail } from '#protocol/errors';
import type { Problem, Result } from '#workers/api';

/** A broken link to a project: cut short, mistyped, or to a project that this relay does not have. */
export interface WrongLink {
  readonly code: 'link-incomplete' | 'project-unknown';
  readonly detail: ErrorDetail;
}
export type Shown = Problem | WrongLink;

export const UNREACHABLE: Problem = { code: 'unreachable', detail: {} };

export function isWrongLink(problem: Shown): problem is WrongLink {
  return problem.code === 'link-incomplete' || problem.code === 'project-unknown';
}

export function failed(error: unknown): { readonly ok: false; readonly error: Problem } {
  const { code, detail } = asMeshError(error);
  return { ok: false, error: { code, detail } };
}

/** Work that may throw, as a result. */
export const resultOf = <T>(work: Promise<T>): Promise<Result<T, Shown>> =>
  work.then((value): Result<T, Shown> => ({ ok: true, value }), failed);
