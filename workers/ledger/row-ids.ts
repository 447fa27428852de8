/**
 * Names of rows that mean something only on this device: HMAC-SHA-256 (RFC 2104) of a row's content, with a key that no script can read,
 * truncated to 16 bytes. A copy of the store of row accounts reveals no row, not even whether it has a guessed one. Each row has a name
 * derived from what the model sees and one from its file's cells, so that it is recognised with other columns or in another federation. If
 * a budget protects groups, the group has a name too, and its later rows share the budget of its earlier ones.
 */
import { hmac } from '@noble/hashes/hmac.js';
import { sha256 } from '@noble/hashes/sha2.js';

export const ROW_ID_BYTES = 16;
const HMAC = { name: 'HMAC', hash: 'SHA-256' } as const;

/** Digests of the rows of one load, each `rows` long. */
export interface RowMarks {
  readonly rows: number;
  /** By the federation's encoding, from `rowDigests`. */
  readonly encoded: Uint8Array;
  /** By the cells or bytes of their file; absent for rows without a file. */
  readonly raw?: Uint8Array | undefined;
  /** Like `raw`, for each of several files that rows were joined from: a federation may read one of these alone. */
  readonly sources?: readonly Uint8Array[] | undefined;
  /** By the row's group; absent if each row is its own unit. */
  readonly group?: Uint8Array | undefined;
}

/** Whose rows: the browser owner's, or rows declared to be other people's. */
export type RowScope = 'own' | 'others';

/** The name of row i is at i in `ids`, its next kind of name at `rows + i`, and so on. */
export interface RowIds {
  readonly rows: number;
  readonly ids: Uint8Array<ArrayBuffer>;
}

export function makeRowKey(): Promise<CryptoKey> {
  return crypto.subtle.generateKey({ ...HMAC, length: 256 }, false, ['sign']);
}

export function importRowKey(bytes: Uint8Array<ArrayBuffer>): Promise<CryptoKey> {
  return crypto.subtle.importKey('raw', bytes, HMAC, false, ['sign']);
}

/** @param key this device's, for HMAC-SHA-256 */
export async function rowIdsOf(key: CryptoKey, scope: RowScope, { rows, ...marks }: RowMarks): Promise<RowIds> {
  const { encoded, raw, sources = [], group } = marks;
  const kinds = [
    ['encoded', encoded] as const,
    ...[raw, ...sources].flatMap((digests) => (digests === undefined ? [] : [['raw', digests] as const])),
    ...(group === undefined ? [] : [['group', group] as const]),
  ];
  const ids = new Uint8Array(kinds.length * rows * ROW_ID_BYTES);
  let at = 0;
  for (const [kind, digests] of kinds) {
    // One key per kind and scope: 60,000 WebCrypto calls would take seconds.
    const derived = new Uint8Array(await crypto.subtle.sign('HMAC', key, new TextEncoder().encode(`rows/${scope}/${kind}`)));
    const width = digests.length / rows;
    const keyed = hmac.create(sha256, derived);
    for (let row = 0; row < rows; row++, at += ROW_ID_BYTES) {
      const id = keyed
        .clone()
        .update(digests.subarray(row * width, (row + 1) * width))
        .digest();
      ids.set(id.subarray(0, ROW_ID_BYTES), at);
    }
    derived.fill(0);
  }
  return { rows, ids };
}
