/**
 * The oracle of mask streams: ChaCha20 (RFC 8439) block by block as its section 2.3 tells it. The compiled kernel is tested against it, and
 * it against the vectors of the RFC.
 */
import type { AddStreams, KeyStream } from '#protocol/secagg/streams';
import { checkStreams } from '../key-streams.ts';

const CONSTANTS = [0x61707865, 0x3320646e, 0x79622d32, 0x6b206574] as const;
/** A column round, then a diagonal round. */
const QUARTERS = [
  [0, 4, 8, 12],
  [1, 5, 9, 13],
  [2, 6, 10, 14],
  [3, 7, 11, 15],
  [0, 5, 10, 15],
  [1, 6, 11, 12],
  [2, 7, 8, 13],
  [3, 4, 9, 14],
] as const;

export const addStreams: AddStreams = (vector, streams) => {
  checkStreams(vector.length, streams);
  for (const stream of streams) {
    for (let start = 0; start < vector.length; start += 16) {
      const words = blockOf(stream, stream.block + start / 16);
      for (let i = 0; i < 16 && start + i < vector.length; i++) vector[start + i]! += stream.sign * words[i]!;
    }
  }
};

function blockOf({ key, nonce }: KeyStream, block: number): Uint32Array {
  const given = Uint32Array.from([...CONSTANTS, ...wordsOf(key), block, ...wordsOf(nonce)]);
  const state = given.slice();
  for (let round = 0; round < 10; round++) for (const [a, b, c, d] of QUARTERS) quarterRound(state, a, b, c, d);
  return state.map((word, i) => word + given[i]!);
}

function quarterRound(x: Uint32Array, a: number, b: number, c: number, d: number): void {
  const mix = (to: number, from: number, turned: number, bits: number) => {
    x[to]! += x[from]!;
    const word = x[turned]! ^ x[to]!;
    x[turned] = (word << bits) | (word >>> (32 - bits));
  };
  mix(a, b, d, 16);
  mix(c, d, b, 12);
  mix(a, b, d, 8);
  mix(c, d, b, 7);
}

function wordsOf(bytes: Uint8Array): number[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return Array.from({ length: bytes.length / 4 }, (_, i) => view.getUint32(4 * i, true));
}
