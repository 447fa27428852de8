/** Answers that cross a thread's border, where an exception would lose its code: made of a promise on one side, unwrapped on the other. */
import { asMeshError, MeshError } from '#protocol/errors';
import type { Result } from './api.ts';

export async function answered<T>(work: () => Promise<T>): Promise<Result<T>> {
  try {
    return { ok: true, value: await work() };
  } catch (error) {
    const { code, detail } = asMeshError(error);
    return { ok: false, error: { code, detail } };
  }
}

/** @throws MeshError as the other side did */
export function unwrap<T>(answer: Result<T>): T {
  if (!answer.ok) throw new MeshError(answer.error.code, answer.error.detail);
  return answer.value;
}
