/**
 * Merkle trees over a list, as in RFC 6962 2.1: leaves and nodes are hashed with different first bytes, so that neither can pass for the
 * other; a tree of n leaves is split at the largest power of two below n. A proof has at most one hash per level. Not a log (no growth, no
 * consistency proofs), and leaves have no meaning here.
 */
import { sha256 } from '@noble/hashes/sha2.js';
import { equalBytes } from './codec.ts';

const HASH_BYTES = 32;

export function leafHash(data: Uint8Array): Uint8Array {
  return sha256(joined(0, data));
}

/** @returns the root of a tree of these leaf hashes; of none, the hash of nothing (RFC 6962) */
export function merkleRoot(leaves: readonly Uint8Array[]): Uint8Array {
  if (leaves.length === 0) return sha256(new Uint8Array(0));
  if (leaves.length === 1) return leaves[0]!;
  const at = splitOf(leaves.length);
  return nodeHash(merkleRoot(leaves.slice(0, at)), merkleRoot(leaves.slice(at)));
}

/** The hashes that lead from a leaf to the root, nearest first (RFC 6962 2.1.1). @param index from 0, below the number of leaves */
export function inclusionProof(leaves: readonly Uint8Array[], index: number): Uint8Array[] {
  if (leaves.length <= 1) return [];
  const at = splitOf(leaves.length);
  return index < at
    ? [...inclusionProof(leaves.slice(0, at), index), merkleRoot(leaves.slice(at))]
    : [...inclusionProof(leaves.slice(at), index - at), merkleRoot(leaves.slice(0, at))];
}

/** Whether a proof from a stranger shows this leaf at this position of a tree (RFC 9162 2.1.3.2). Never throws. */
export function isIncluded(leaf: Uint8Array, index: number, size: number, proof: readonly Uint8Array[], root: Uint8Array): boolean {
  if (!Number.isSafeInteger(index) || !Number.isSafeInteger(size) || index < 0 || index >= size) return false;
  if ([leaf, ...proof].some((hash) => hash.length !== HASH_BYTES)) return false;
  let [node, last, hash] = [index, size - 1, leaf];
  for (const sibling of proof) {
    if (last === 0) return false;
    if (node % 2 === 1 || node === last) {
      hash = nodeHash(sibling, hash);
      // The right edge of an incomplete tree moves up without a sibling.
      while (node % 2 === 0 && node !== 0) [node, last] = [node / 2, Math.floor(last / 2)];
    } else {
      hash = nodeHash(hash, sibling);
    }
    [node, last] = [Math.floor(node / 2), Math.floor(last / 2)];
  }
  return last === 0 && equalBytes(hash, root);
}

function splitOf(size: number): number {
  return 2 ** (Math.ceil(Math.log2(size)) - 1);
}

function nodeHash(left: Uint8Array, right: Uint8Array): Uint8Array {
  return sha256(joined(1, left, right));
}

function joined(kind: number, ...parts: readonly Uint8Array[]): Uint8Array {
  const all = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 1));
  all[0] = kind;
  let at = 1;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}
