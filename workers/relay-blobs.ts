/** Bytes from a relay over HTTP, bounded while they stream: content-addressed ones, whose hash the caller checks, and certified records. */
import { decode, type Hash } from '#protocol/codec';
import { MeshError } from '#protocol/errors';
import { relayUrl } from '#signaling/relay-url';

/** A relay that says nothing for so long will not: whoever waits tries again later. */
const PATIENCE_MS = 60_000;
/** An answer has at most 64 records. */
const RECORDS_BYTES_MAX = 16 * 1024 * 1024;

/** @throws MeshError not-found, frame-too-large */
export function fetchBlob(relay: string, hash: Hash, maxBytes: number): Promise<Uint8Array> {
  return fetchBytes(relayUrl(relay, `api/blobs/${hash}`), { field: 'blob', expected: hash, maxBytes });
}

/** A page of certified records, not verified. @throws MeshError not-found, frame-too-large, frame-malformed, not-canonical */
export async function fetchRecords(relay: string, federation: Hash, fromRound: number): Promise<readonly unknown[]> {
  const url = relayUrl(relay, `api/federations/${federation}/records?from=${fromRound}`);
  const about = { field: 'records', expected: federation, maxBytes: RECORDS_BYTES_MAX };
  const records = decode(await fetchBytes(url, about), RECORDS_BYTES_MAX);
  if (!Array.isArray(records)) throw new MeshError('field-invalid', { field: 'records', expected: 'a list' });
  return records as readonly unknown[];
}

interface About {
  readonly field: string;
  readonly expected: string;
  readonly maxBytes: number;
}

async function fetchBytes(url: URL, { field, expected, maxBytes }: About): Promise<Uint8Array> {
  const silent = (cause: unknown) => new MeshError('not-found', { field, expected: 'a relay that answers' }, cause);
  let response: Response;
  try {
    response = await fetch(url, { signal: AbortSignal.timeout(PATIENCE_MS) });
  } catch (cause) {
    throw silent(cause);
  }
  if (!response.ok || response.body === null) throw new MeshError('not-found', { field, expected, got: `HTTP ${response.status}` });
  const parts: Uint8Array[] = [];
  let length = 0;
  // A reader, since not every browser can iterate over a stream.
  const reader = response.body.getReader();
  for (;;) {
    const { done, value } = await reader.read().catch((cause: unknown) => Promise.reject(silent(cause)));
    if (done) break;
    length += value.length;
    if (length > maxBytes) {
      void reader.cancel().catch(() => {});
      throw new MeshError('frame-too-large', { field, expected: `at most ${maxBytes} bytes` });
    }
    parts.push(value);
  }
  const bytes = new Uint8Array(length);
  let at = 0;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
}
