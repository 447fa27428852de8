/**
 * Blobs piece by piece, for readers that take their time: whoever sends one keeps a piece of it in memory, not the whole. SQLite
 * reads a value whole, so the last few stay at hand here.
 */
import type { Hash } from '#protocol/codec';
import type { BlobPart } from './store.ts';

/** Blobs at hand; each up to STATE_BYTES_MAX. */
const AT_HAND = 4;

/**
 * @param read the whole blob from where it is kept and checked, or null
 * @param isThere whether it still is, without reading it
 */
export function blobParts(read: (hash: Hash) => Uint8Array | null, isThere: (hash: Hash) => boolean) {
  const atHand = new Map<Hash, Uint8Array>();
  return (hash: Hash, from: number, length: number): BlobPart | null => {
    if (!isThere(hash)) atHand.delete(hash);
    const bytes = atHand.get(hash) ?? read(hash);
    if (bytes === null) return null;
    atHand.delete(hash);
    atHand.set(hash, bytes); // the one asked for last is dropped last
    if (atHand.size > AT_HAND) atHand.delete(atHand.keys().next().value!);
    return { size: bytes.length, bytes: bytes.slice(from, from + length) };
  };
}
