/**
 * A reproducible source of bytes for tests and the simulator: the small fast counter generator sfc32 (Doty-Humphrey, PractRand), seeded by
 * SHA-256. Never use it for real noise: it is not a CSPRNG, and whoever knows the seed can subtract the noise.
 */
import { sha256 } from '@noble/hashes/sha2.js';
import type { RandomFill } from './random-words.ts';

export function seededBytes(seed: string): RandomFill {
  const key = new DataView(sha256(new TextEncoder().encode(seed)).buffer);
  let [a, b, c, counter] = [key.getInt32(0), key.getInt32(4), key.getInt32(8), 1];
  const word = () => {
    const out = (a + b + counter) | 0;
    counter = (counter + 1) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = (((c << 21) | (c >>> 11)) + out) | 0;
    return out;
  };
  for (let i = 0; i < 12; i++) word();
  return (into) => {
    const view = new DataView(into.buffer, into.byteOffset, into.length);
    for (let at = 0; at < into.length; at++) {
      if (at % 4 === 0 && at + 4 <= into.length) {
        view.setInt32(at, word(), true);
        at += 3;
      } else into[at] = word();
    }
  };
}
