/**
 * What a person agrees to: the federation's own text, and a budget within its bounds. A stored session has the text's hash: a different
 * text asks again.
 */
import { hashBytes, type Hash } from '#protocol/codec';
import { checkDevicePolicy } from '#protocol/device-policy';
import { MeshError } from '#protocol/errors';
import type { ManifestBody } from '#protocol/manifest/manifest';

export function consentHash(text: string): Hash {
  return hashBytes(new TextEncoder().encode(text));
}

/** @throws MeshError conflict for another text, field-invalid for an epsilon that the federation does not permit, manifest-unsafe */
export async function checkAgreement(body: ManifestBody, epsilon: number, consent: string): Promise<void> {
  const { privacy, consent: wanted } = body;
  await checkDevicePolicy(body);
  if (consent !== wanted) throw new MeshError('conflict', { field: 'consent', expected: "the federation's text" });
  if (epsilon > 0 && epsilon <= privacy.epsilon) return;
  throw new MeshError('field-invalid', { field: 'epsilon', expected: `above 0, at most ${privacy.epsilon}`, got: String(epsilon) });
}
