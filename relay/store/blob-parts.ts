/**
 * Blobs piece by piece, for slow readers: a sender keeps one piece in memory, not the whole. A blob is checked against its hash before its
 * first piece leaves, and not again for each piece: only this store writes to its file, and it checks too.
 */
import type { Hash } from '#protocol/codec';
import { BLOBS_VERIFIED_MAX } from '#protocol/limits';
import type { One } from './sqlite-queries.ts';
import type { BlobPart } from './store.ts';

/** @param verify reads the whole blob, and throws if it is damaged */
export function blobParts(one: One, verify: (hash: Hash) => unknown) {
  const sizeOf = one('SELECT LENGTH(bytes) AS size FROM blobs WHERE hash = ?'); // SQLite reads it from the row's header
  const partOf = one('SELECT substr(bytes, ?2 + 1, ?3) AS bytes FROM blobs WHERE hash = ?1');
  const verified = new Set<Hash>();
  return (hash: Hash, from: number, length: number): BlobPart | null => {
    const row = sizeOf(hash);
    if (row === undefined) return null;
    if (!verified.delete(hash)) verify(hash);
    verified.add(hash); // the latest one is evicted last
    if (verified.size > BLOBS_VERIFIED_MAX) verified.delete(verified.values().next().value!);
    const size = Number(row['size']);
    // Of an empty blob substr returns NULL.
    const bytes = length === 0 || from >= size ? new Uint8Array(0) : (partOf(hash, from, length)!['bytes'] as Uint8Array);
    return { size, bytes };
  };
}
