/** The guard of whole numbers that come from a manifest, a form or a stranger. */
import { MeshError } from '../errors.ts';

/** @param field its name in the error @throws MeshError field-invalid unless it is a whole number from `least` to `most` */
export function checkWhole(field: string, value: number, least: number, most: number): void {
  if (Number.isSafeInteger(value) && value >= least && value <= most) return;
  throw new MeshError('field-invalid', { field, expected: `a whole number from ${least} to ${most}`, got: String(value) });
}
