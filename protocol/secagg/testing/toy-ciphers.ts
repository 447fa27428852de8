/**
 * A group in which discrete logarithms are trivial, in encodings of 32 bytes as on the wire, so that thousands of runs cost little. Shares
 * are the real ones over it; hashes stand for the cipher and the stream.
 */
import { sha256 } from '@noble/hashes/sha2.js';
import { equalBytes } from '../../codec.ts';
import type { Random } from '../../sim/random.ts';
import type { CurveGroup } from '../group.ts';
import { toyGroup } from './toy-group.ts';

export const WORDS = 8;
const narrow = toyGroup();

export function toBytes(value: bigint): Uint8Array {
  const bytes = new Uint8Array(32);
  new DataView(bytes.buffer).setBigUint64(0, value, true);
  return bytes;
}

export const fromBytes = (bytes: Uint8Array): bigint => new DataView(bytes.buffer, bytes.byteOffset).getBigUint64(0, true);

export const TOY: CurveGroup<bigint> = {
  ...narrow,
  bytes: 32,
  encode: toBytes,
  decode: (bytes) => {
    const point = narrow.decode(bytes.subarray(0, narrow.bytes));
    if (!equalBytes(toBytes(point), bytes)) throw new Error('not a point');
    return point;
  },
};

export const fillFrom = (random: Random) => (bytes: Uint8Array) => {
  for (let i = 0; i < bytes.length; i++) bytes[i] = random.between(0, 255);
};

export function randomSecret(random: Random, bits = 60): bigint {
  const [high, low] = [random.next(), random.next()].map((x) => BigInt(Math.floor(x * 2 ** 30)));
  return ((high! << 30n) | low!) & (2n ** BigInt(bits) - 1n) || 1n;
}

export const publicOf = (secret: Uint8Array): Uint8Array => toBytes(TOY.base(fromBytes(secret)));
/** Diffie-Hellman. */
const shared = (secret: Uint8Array, point: Uint8Array): Uint8Array => toBytes(TOY.multiply(fromBytes(point), fromBytes(secret)));

export function joined(...parts: readonly Uint8Array[]): Uint8Array {
  const all = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let place = 0;
  for (const part of parts) {
    all.set(part, place);
    place += part.length;
  }
  return all;
}

const text = (...parts: readonly string[]): Uint8Array => new TextEncoder().encode(parts.join('|'));

// --- sealed shares ---

function padOf(secret: Uint8Array, theirs: Uint8Array, context: string, from: string, to: string): Uint8Array {
  const seed = joined(shared(secret, theirs), text(context, from, to));
  return joined(sha256(joined(seed, text('1'))), sha256(joined(seed, text('2'))));
}

const xor = (a: Uint8Array, b: Uint8Array): Uint8Array => a.map((byte, i) => byte ^ b[i]!);
const tagOf = (pad: Uint8Array, plain: Uint8Array): Uint8Array => sha256(joined(pad, plain)).slice(0, 16);

/** @param plain 64 bytes @returns 80 */
export function seal(secret: Uint8Array, theirs: Uint8Array, context: string, from: string, to: string, plain: Uint8Array): Uint8Array {
  const pad = padOf(secret, theirs, context, from, to);
  return joined(xor(plain, pad), tagOf(pad, plain));
}

export function open(
  secret: Uint8Array,
  theirs: Uint8Array,
  context: string,
  from: string,
  to: string,
  box: Uint8Array,
): Uint8Array | null {
  const pad = padOf(secret, theirs, context, from, to);
  const plain = xor(box.slice(0, 64), pad);
  return equalBytes(tagOf(pad, plain), box.slice(64)) ? plain : null;
}

// --- vectors and their streams ---

const words = (bytes: Uint8Array): Uint32Array => new Uint32Array(bytes.slice().buffer);

export function pairStream(context: string, secret: Uint8Array, theirs: Uint8Array, a: string, b: string): Uint32Array {
  return words(sha256(joined(shared(secret, theirs), text('pair', context, ...[a, b].sort()))));
}

export function selfStream(context: string, seed: Uint8Array, member: string): Uint32Array {
  return words(sha256(joined(seed, text('self', context, member))));
}

export function addTo(sum: Uint32Array, words_: Uint32Array, sign: 1 | -1): void {
  for (let i = 0; i < sum.length; i++) sum[i] = sum[i]! + sign * words_[i]!;
}

export const bytesOf = (vector: Uint32Array): Uint8Array => new Uint8Array(vector.slice().buffer);
export const wordsOf = words;
