/**
 * Deterministic CBOR (RFC 8949 section 4.2) for everything signed, hashed or sent between peers.
 * decode(encode(x)) = x, and encode(decode(b)) = b or the bytes are refused: no second spelling of a value exists.
 */
import { decode as cborDecode, encode as cborEncode, rfc8949EncodeOptions } from 'cborg';
import { sha256 } from '@noble/hashes/sha2.js';
import { CBOR_DEPTH_MAX, CBOR_ITEMS_MAX, CBOR_ITEMS_TOTAL_MAX, MESH_MESSAGE_BYTES_MAX } from './limits.ts';
import { MeshError } from './errors.ts';

declare const hashBrand: unique symbol;
/** SHA-256 as 43 characters of base64url. */
export type Hash = string & { readonly [hashBrand]: true };

const DECODE_OPTIONS = {
  strict: true, // refuses integers and lengths in a longer form than needed
  allowIndefinite: false,
  allowUndefined: false,
  allowNaN: false,
  allowInfinity: false,
  allowBigInt: false,
  rejectDuplicateMapKeys: true,
  useMaps: false,
};

/** @throws MeshError field-invalid for values outside the data model (undefined, NaN, functions, cycles, text that has no UTF-8). */
export function encode(value: unknown): Uint8Array<ArrayBuffer> {
  checkShape(value, 0, { items: 0 });
  return inOwnBuffer(cborEncode(value, rfc8949EncodeOptions));
}

/**
 * The same bytes in a buffer of their own. A view is cloned with everything around it, and cannot be transferred alone; under Node it may
 * be a Buffer in a shared pool, whose slice() is no copy.
 */
export function inOwnBuffer(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  const plain = bytes.constructor === Uint8Array && bytes.byteLength === bytes.buffer.byteLength;
  return plain ? (bytes as Uint8Array<ArrayBuffer>) : new Uint8Array(bytes);
}

/**
 * @param bytes one whole item, nothing after it
 * @throws MeshError frame-too-large, frame-malformed, not-canonical
 */
export function decode(bytes: Uint8Array, maxBytes: number = MESH_MESSAGE_BYTES_MAX): unknown {
  if (bytes.length > maxBytes) {
    throw new MeshError('frame-too-large', { expected: `at most ${maxBytes} bytes`, got: String(bytes.length) });
  }
  checkHeads(bytes);
  let value: unknown;
  try {
    value = cborDecode(bytes, DECODE_OPTIONS);
  } catch (cause) {
    throw new MeshError('frame-malformed', { expected: 'deterministic CBOR' }, cause);
  }
  checkShape(value, 0, { items: 0 });
  const again = cborEncode(value, rfc8949EncodeOptions);
  if (!equalBytes(again, bytes)) throw new MeshError('not-canonical', { expected: 'RFC 8949 4.2 encoding' });
  return value;
}

/** Walks item heads before anything is built, so that a forged length or deep nesting costs nothing. */
function checkHeads(bytes: Uint8Array): number {
  let at = 0;
  let items = 0;
  const open: number[] = []; // items still to come at each level
  const malformed = (got: string) => new MeshError('frame-malformed', { expected: 'deterministic CBOR', got });
  do {
    if (at >= bytes.length) throw malformed('a truncated item');
    if (++items > CBOR_ITEMS_TOTAL_MAX) throw malformed(`more than ${CBOR_ITEMS_TOTAL_MAX} items`);
    const head = bytes[at++]!;
    const major = head >> 5;
    const info = head & 31;
    let argument = info;
    if (info >= 24) {
      const size = info === 24 ? 1 : info === 25 ? 2 : info === 26 ? 4 : info === 27 ? 8 : 0;
      if (size === 0) throw malformed('an indefinite or reserved length');
      if (at + size > bytes.length) throw malformed('a truncated length');
      argument = 0;
      for (let i = 0; i < size; i++) argument = argument * 256 + bytes[at + i]!;
      at += size;
    }
    if (open.length > 0) open[open.length - 1]!--;
    if (major === 2 || major === 3) {
      if (argument > bytes.length - at) throw malformed('a string longer than the frame');
      at += argument;
    } else if (major === 4 || major === 5) {
      if (argument > CBOR_ITEMS_MAX) throw malformed(`${argument} items in one container`);
      if (open.length >= CBOR_DEPTH_MAX) throw malformed(`nesting deeper than ${CBOR_DEPTH_MAX}`);
      open.push(major === 4 ? argument : argument * 2);
    } else if (major === 6) {
      throw malformed('a tag');
    }
    while (open.length > 0 && open[open.length - 1] === 0) open.pop();
  } while (open.length > 0);
  if (at !== bytes.length) throw malformed('bytes after the item');
  return items;
}

/**
 * The number of items in these bytes, which determines the cost of decoding; counting costs a fraction of that.
 * @throws MeshError frame-malformed
 */
export function countItems(bytes: Uint8Array): number {
  return checkHeads(bytes);
}

/** The data model: values that decode to themselves and are small enough to decode. */
function checkShape(value: unknown, depth: number, total: { items: number }): void {
  const wrong = (expected: string, got?: string) => new MeshError('field-invalid', got === undefined ? { expected } : { expected, got });
  if (++total.items > CBOR_ITEMS_TOTAL_MAX) throw wrong(`at most ${CBOR_ITEMS_TOTAL_MAX} items`);
  switch (typeof value) {
    case 'string':
      return checkText(value);
    case 'boolean':
      return;
    case 'number':
      if (!Number.isFinite(value)) throw wrong('a finite number', String(value));
      if (Number.isInteger(value) && !Number.isSafeInteger(value)) throw wrong('an integer below 2^53', String(value));
      if (Object.is(value, -0)) throw wrong('0', '-0');
      return;
    case 'object': {
      if (value === null || value instanceof Uint8Array) return;
      if (depth >= CBOR_DEPTH_MAX) throw wrong(`nesting of at most ${CBOR_DEPTH_MAX}`);
      if (Array.isArray(value)) {
        if (value.length > CBOR_ITEMS_MAX) throw wrong(`at most ${CBOR_ITEMS_MAX} items`);
        for (const item of value) checkShape(item, depth + 1, total);
        return;
      }
      if (Object.getPrototypeOf(value) !== Object.prototype) break;
      const entries = Object.entries(value);
      if (entries.length > CBOR_ITEMS_MAX) throw wrong(`at most ${CBOR_ITEMS_MAX} items`);
      total.items += entries.length;
      for (const [key, item] of entries) {
        // Such an object could not be told from one whose prototype a stranger set.
        if (key === '__proto__') throw wrong('keys other than __proto__');
        checkText(key);
        checkShape(item, depth + 1, total);
      }
      return;
    }
    default:
  }
  throw wrong('null, boolean, number, string, bytes, array or map', typeof value);
}

/** A lone surrogate has no UTF-8 form, and decoders swallow a leading byte order mark: neither would round-trip. */
function checkText(text: string): void {
  if (!text.isWellFormed() || text.startsWith('\uFEFF'))
    throw new MeshError('field-invalid', { expected: 'well-formed text without a byte order mark' });
}

export function equalBytes(a: Uint8Array, b: Uint8Array): boolean {
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false;
  return true;
}

const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';

/** RFC 4648 section 5, without padding. */
export function toBase64Url(bytes: Uint8Array): string {
  let text = '';
  for (let i = 0; i < bytes.length; i += 3) {
    const left = bytes.length - i;
    const word = (bytes[i]! << 16) | ((bytes[i + 1] ?? 0) << 8) | (bytes[i + 2] ?? 0);
    text += ALPHABET[word >> 18]! + ALPHABET[(word >> 12) & 63]!;
    if (left > 1) text += ALPHABET[(word >> 6) & 63]!;
    if (left > 2) text += ALPHABET[word & 63]!;
  }
  return text;
}

/** @throws MeshError field-invalid if the text is not the canonical spelling of its bytes */
export function fromBase64Url(text: string): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(Math.floor((text.length * 3) / 4));
  let word = 0;
  let bits = 0;
  let at = 0;
  for (const letter of text) {
    const value = ALPHABET.indexOf(letter);
    if (value < 0) throw new MeshError('field-invalid', { expected: 'base64url' });
    word = ((word << 6) | value) & 0xffff;
    bits += 6;
    if (bits >= 8) {
      bits -= 8;
      bytes[at++] = (word >> bits) & 255;
    }
  }
  if (toBase64Url(bytes) !== text) throw new MeshError('field-invalid', { expected: 'canonical base64url' });
  return bytes;
}

export function hashBytes(bytes: Uint8Array): Hash {
  return toBase64Url(sha256(bytes)) as Hash;
}

/** What a signature or an entry id covers: a domain tag per type, then the body. */
export function taggedBytes(domain: string, body: unknown): Uint8Array<ArrayBuffer> {
  const tag = new TextEncoder().encode(`sovereign-mesh/1/${domain}\0`);
  const payload = encode(body);
  const all = new Uint8Array(tag.length + payload.length);
  all.set(tag);
  all.set(payload, tag.length);
  return all;
}

/** The id of a signed body: SHA-256 over its domain tag and its deterministic encoding. Signatures are not part of it. */
export function bodyHash(domain: string, body: unknown): Hash {
  return hashBytes(taggedBytes(domain, body));
}
