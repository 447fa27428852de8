/** Results that cross a thread boundary, where an exception would lose its code: one side wraps a promise, the other unwraps the result. */
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

/** @throws MeshError that the other side threw */
export function unwrap<T>(answer: Result<T>): T {
  if (!answer.ok) throw new MeshError(answer.error.code, answer.error.detail);
  return answer.value;
}

/** The implementation behind an interface of results: the same calls, but they return or throw. */
export type Throwing<I> = {
  [K in keyof I]: I[K] extends (...args: infer A) => Promise<Result<infer T>> ? (...args: A) => T | Promise<T> : never;
};

/** The only place where a worker's work becomes a result. */
export function answering<I>(calls: Throwing<I>): I {
  const of = (call: (...args: readonly unknown[]) => Promise<unknown>) => {
    return (...args: readonly unknown[]) => answered(() => call(...args));
  };
  return Object.fromEntries(Object.entries(calls).map(([name, call]) => [name, of(call as never)])) as I;
}
