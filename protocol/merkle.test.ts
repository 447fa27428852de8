import { existsSync, readdirSync, readFileSync } from 'node:fs';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { inclusionProof, isIncluded, leafHash, merkleRoot } from './merkle.ts';

const bytes = (text: string) => Uint8Array.from(Buffer.from(text, 'base64'));
const hex = (value: Uint8Array) => Buffer.from(value).toString('hex');
const leavesOf = (count: number) => Array.from({ length: count }, (_, i) => leafHash(new TextEncoder().encode(`leaf ${i}`)));
const VECTORS = new URL('../../shared/vectors/rfc6962/inclusion/', import.meta.url);

describe('a Merkle tree', () => {
  it('has the roots that certificate transparency gives its example leaves', () => {
    // The reference leaves of RFC 6962's implementations: "", 00, 10, 2021.
    const leaves = ['', '00', '10', '2021'].map((text) => leafHash(Uint8Array.from(Buffer.from(text, 'hex'))));
    expect(hex(merkleRoot([]))).toBe('e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855');
    expect(hex(merkleRoot(leaves.slice(0, 1)))).toBe('6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d');
    expect(hex(merkleRoot(leaves.slice(0, 2)))).toBe('fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125');
    expect(hex(merkleRoot(leaves.slice(0, 3)))).toBe('aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77');
    expect(hex(merkleRoot(leaves))).toBe('d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7');
  });

  it('proves each leaf at its place and at no other, and nothing else', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 40 }), fc.nat(39), fc.nat(39), (count, a, b) => {
        const [leaves, at, other] = [leavesOf(count), a % count, b % count];
        const [proof, root] = [inclusionProof(leaves, at), merkleRoot(leaves)];
        expect(proof.length).toBeLessThanOrEqual(Math.ceil(Math.log2(count)));
        expect(isIncluded(leaves[at]!, at, count, proof, root)).toBe(true);
        expect(isIncluded(leaves[at]!, other, count, proof, root)).toBe(other === at);
        expect(isIncluded(leafHash(new Uint8Array(1)), at, count, proof, root)).toBe(false);
        expect(isIncluded(leaves[at]!, at, count, [...proof, root], root)).toBe(false);
        expect(proof.length > 0 && isIncluded(leaves[at]!, at, count, proof.slice(1), root)).toBe(false);
      }),
    );
  });

  it.skipIf(!existsSync(VECTORS))('judges published proofs as published (skipped without ../shared/vectors/rfc6962)', () => {
    let judged = 0;
    for (const name of readdirSync(VECTORS, { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.json'))) {
      const { leafIdx, treeSize, root, leafHash: leaf, proof, wantErr } = JSON.parse(readFileSync(new URL(name, VECTORS), 'utf8'));
      const good = isIncluded(bytes(leaf ?? ''), leafIdx, treeSize, (proof ?? []).map(bytes), bytes(root ?? ''));
      expect(good, name).toBe(!wantErr);
      judged++;
    }
    expect(judged).toBe(49);
  });
});
