/** Content-addressed bytes from a relay over HTTP, bounded while they stream. The caller checks the hash. */
import type { Hash } from '#protocol/codec';
import { MeshError } from '#protocol/errors';

/** @throws MeshError not-found, frame-too-large */
export async function fetchBlob(relay: string, hash: Hash, maxBytes: number): Promise<Uint8Array> {
  let response: Response;
  try {
    response = await fetch(new URL(`/api/blobs/${hash}`, relay));
  } catch (cause) {
    throw new MeshError('not-found', { field: 'blob', expected: 'a relay that answers' }, cause);
  }
  if (!response.ok || response.body === null)
    throw new MeshError('not-found', { field: 'blob', expected: hash, got: `HTTP ${response.status}` });
  const parts: Uint8Array[] = [];
  let length = 0;
  for await (const part of response.body as unknown as AsyncIterable<Uint8Array>) {
    length += part.length;
    if (length > maxBytes) throw new MeshError('frame-too-large', { field: 'blob', expected: `at most ${maxBytes} bytes` });
    parts.push(part);
  }
  const bytes = new Uint8Array(length);
  let at = 0;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
}
