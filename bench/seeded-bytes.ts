/**
 * Random bytes from a seed: AES-256-CTR under its hash. For reproducible simulations and tests; never for noise that protects.
 */
import { createCipheriv, createHash } from 'node:crypto';
import type { RandomFill } from '#protocol/privacy/noise/random-words';

export function seededBytes(seed: string): RandomFill {
  const cipher = createCipheriv('aes-256-ctr', createHash('sha256').update(seed).digest(), new Uint8Array(16));
  return (into) => into.set(cipher.update(new Uint8Array(into.length)));
}
