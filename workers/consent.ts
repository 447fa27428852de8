/** What was agreed to, as a kept session has it: another text is another hash, and asks again. */
import { hashBytes, type Hash } from '#protocol/codec';

export function consentHash(text: string): Hash {
  return hashBytes(new TextEncoder().encode(text));
}
