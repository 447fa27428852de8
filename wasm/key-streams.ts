/** What both implementations of mask streams refuse. */
import type { KeyStream } from '#protocol/secagg/streams';

const KEY_BYTES = 32;
const NONCE_BYTES = 12;
/** Words of a block of ChaCha20; a stream has 2^32 blocks (RFC 8439, 2.3), then it would repeat itself. */
const BLOCK = 16;
const BLOCKS = 2 ** 32;

/** @param length words of the vector. @throws RangeError naming the stream and its field */
export function checkStreams(length: number, streams: readonly KeyStream[]): void {
  for (const [i, { key, nonce, block, sign }] of streams.entries()) {
    const refuse = (field: string, expected: string, got: unknown): never => {
      throw new RangeError(`streams[${i}].${field}: expected ${expected}, got ${String(got)}`);
    };
    if (key.length !== KEY_BYTES) refuse('key', `${KEY_BYTES} bytes`, key.length);
    if (nonce.length !== NONCE_BYTES) refuse('nonce', `${NONCE_BYTES} bytes`, nonce.length);
    const last = BLOCKS - Math.ceil(length / BLOCK);
    if (!Number.isInteger(block) || block < 0 || block > last) {
      refuse('block', `a whole number from 0 to ${last}, as ${length} words need ${Math.ceil(length / BLOCK)} of 2^32 blocks`, block);
    }
    if (sign !== 1 && sign !== -1) refuse('sign', '1 or -1', sign);
  }
}
