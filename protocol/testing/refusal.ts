/** For tests that throw anything at a reader: a refusal by an error of the mesh is an answer, whatever else is thrown is a fault. */
import { MeshError } from '../errors.ts';

/** @throws what was thrown, unless it is an error of the mesh that names another code than `internal` */
export function refusal(error: unknown): MeshError {
  if (error instanceof MeshError && error.code !== 'internal') return error;
  throw error;
}
