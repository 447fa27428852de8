/** Content-addressed bytes from a relay over HTTP, bounded while they stream. The caller checks the hash. */
import type { Hash } from '#protocol/codec';
import { MeshError } from '#protocol/errors';

/** A relay that says nothing for so long will not: whoever waits tries again later. */
const PATIENCE_MS = 60_000;

/** @throws MeshError not-found, frame-too-large */
export async function fetchBlob(relay: string, hash: Hash, maxBytes: number): Promise<Uint8Array> {
  let response: Response;
  try {
    response = await fetch(new URL(`/api/blobs/${hash}`, relay), { signal: AbortSignal.timeout(PATIENCE_MS) });
  } catch (cause) {
    throw silent(cause);
  }
  if (!response.ok || response.body === null)
    throw new MeshError('not-found', { field: 'blob', expected: hash, got: `HTTP ${response.status}` });
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
      throw new MeshError('frame-too-large', { field: 'blob', expected: `at most ${maxBytes} bytes` });
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

function silent(cause: unknown): MeshError {
  return new MeshError('not-found', { field: 'blob', expected: 'a relay that answers' }, cause);
}
