/**
 * Mask streams on the compiled kernel (assembly/chacha.ts): a vector passes through the memory of the numerics in stretches that stay in the
 * first-level cache, and each takes all streams before it goes back, so memory traffic does not grow with their number. Keys and values are
 * secrets: what lay in that memory is zeroed before a call ends, however it ends.
 */
import type { AddStreams } from '#protocol/secagg/streams';
import type { Arena } from './arena.ts';
import { checkStreams } from './key-streams.ts';
import type { Kernels } from './kernels.ts';

/** Words of a stretch: 16 KB. */
const STRETCH = 4096;
/** Words that the kernel makes in a step. */
const STEP = 64;
/** Words of a block of ChaCha20. */
const BLOCK = 16;
/** Key and nonce, in a cache line of their own. */
const STATE_BYTES = 64;

export function openStreams(kernels: Kernels, arena: Arena): AddStreams {
  return (vector, streams) => {
    checkStreams(vector.length, streams);
    // Growing would detach it in the midst of this.
    if (vector.buffer === kernels.memory.buffer) throw new RangeError('vector: expected one outside the memory of the numerics');
    const words = STEP * Math.ceil(Math.min(vector.length, STRETCH) / STEP);
    const base = arena.take(STATE_BYTES * streams.length + 4 * words);
    const wordsAt = base + STATE_BYTES * streams.length;
    try {
      for (const [i, { key, nonce }] of streams.entries()) {
        const state = new Uint8Array(kernels.memory.buffer, base + i * STATE_BYTES, STATE_BYTES);
        state.set(key);
        state.set(nonce, key.length);
      }
      const room = new Int32Array(kernels.memory.buffer, wordsAt, words);
      for (let start = 0; start < vector.length; start += STRETCH) {
        const stretch = vector.subarray(start, start + STRETCH);
        room.set(stretch);
        const end = wordsAt + 4 * STEP * Math.ceil(stretch.length / STEP);
        for (const [i, { block, sign }] of streams.entries()) {
          kernels.addStream(base + i * STATE_BYTES, block + start / BLOCK, Number(sign < 0), wordsAt, end);
        }
        stretch.set(room.subarray(0, stretch.length));
      }
    } finally {
      new Uint8Array(kernels.memory.buffer, base, wordsAt - base + 4 * words).fill(0);
      arena.release(base);
    }
  };
}
