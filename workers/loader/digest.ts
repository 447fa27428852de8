/** Digests of encoded rows: of each row, and of all rows as a multiset (the budget's account). */
import { sha256 } from '@noble/hashes/sha2.js';
import { bytesToHex, hexToBytes } from '@noble/hashes/utils.js';
import { hashBytes, type Hash } from '#protocol/codec';
import type { StoredRows } from './lines/stored-rows.ts';

export const ROW_DIGEST_BYTES = 32;

/**
 * SHA-256 of each row's inputs (float32), then its class (int32) or number (float32), little-endian as on every platform.
 * @returns rows x 32 bytes
 */
export function rowDigests({ width, y, write }: StoredRows): Uint8Array<ArrayBuffer> {
  const row = new Uint8Array(width * 4 + 4);
  const inputs = new Float32Array(row.buffer, 0, width);
  const label = new DataView(row.buffer, width * 4);
  const numbers = y instanceof Float32Array;
  const digests = new Uint8Array(y.length * ROW_DIGEST_BYTES);
  for (let i = 0; i < y.length; i++) {
    write(i, inputs.fill(0), 0);
    if (numbers) label.setFloat32(0, y[i]!, true);
    else label.setInt32(0, y[i]!, true);
    digests.set(sha256(row), i * ROW_DIGEST_BYTES);
  }
  return digests;
}

export function rowDigest(digests: Uint8Array, row: number): Uint8Array {
  return digests.subarray(row * ROW_DIGEST_BYTES, (row + 1) * ROW_DIGEST_BYTES);
}

/** Digest of all rows: the same rows in another order are the same data. */
export function digestOf(digests: Uint8Array): Hash {
  const count = digests.length / ROW_DIGEST_BYTES;
  const sorted = Array.from({ length: count }, (_, row) => bytesToHex(rowDigest(digests, row))).sort();
  const all = new Uint8Array(digests.length);
  for (const [i, hex] of sorted.entries()) all.set(hexToBytes(hex), i * ROW_DIGEST_BYTES);
  return hashBytes(all);
}
