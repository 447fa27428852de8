/**
 * The two calls that publish a federation on a relay: bytes under their hash with their owner's proof, then the signed manifest.
 * Both may be sent again: a relay that has them already says yes.
 */
import { encode, taggedBytes, toBase64Url, type Hash } from '#protocol/codec';
import { ERRORS, MeshError, type ErrorCode } from '#protocol/errors';
import type { Identity } from '#protocol/identity';
import type { SignedManifest } from '#protocol/manifest';
import { relayUrl } from '#signaling/relay-url';

/** A relay that says nothing for so long will not. */
const PATIENCE_MS = 60_000;

/**
 * @param invitation as of postManifest, which uses it up; here it only says that the manifest will be taken
 * @throws MeshError: what the relay refuses with; peer-unknown when it does not answer
 */
export async function putBlob(
  relay: string,
  identity: Identity,
  hash: Hash,
  bytes: Uint8Array<ArrayBuffer>,
  invitation: string,
): Promise<void> {
  const proof = toBase64Url(await identity.sign(taggedBytes('blob', { t: 'blob', hash })));
  await send(relayUrl(relay, `api/blobs/${hash}`), {
    method: 'PUT',
    body: bytes,
    headers: { 'content-type': 'application/octet-stream', authorization: `Mesh ${identity.id}.${proof}`, ...invited(invitation) },
  });
}

/**
 * @param invitation a code of the relay's host, or an empty one
 * @returns whether it waits for the relay's host to approve it
 * @throws MeshError as putBlob, and wrong-federation when the relay keeps it under another id
 */
export async function postManifest(relay: string, signed: SignedManifest, id: Hash, invitation: string): Promise<boolean> {
  const response = await send(relayUrl(relay, 'api/federations'), {
    method: 'POST',
    body: encode(signed),
    headers: { 'content-type': 'application/cbor', ...invited(invitation) },
  });
  const kept = ((await response.json().catch(() => null)) as { id?: unknown } | null)?.id;
  if (kept !== id) throw new MeshError('wrong-federation', { field: 'id', expected: id, got: String(kept) });
  return response.status === 202;
}

const invited = (invitation: string) => (invitation === '' ? {} : { 'mesh-invitation': invitation });

async function send(url: URL, request: RequestInit): Promise<Response> {
  let response: Response;
  try {
    response = await fetch(url, { ...request, signal: AbortSignal.timeout(PATIENCE_MS) });
  } catch (cause) {
    throw new MeshError('peer-unknown', { field: 'relay', expected: 'a relay that answers' }, cause);
  }
  if (response.ok) return response;
  throw await refusal(response);
}

/** A relay's refusal names a code; a proxy's does not. */
async function refusal(response: Response): Promise<MeshError> {
  const reply = (await response.json().catch(() => null)) as Record<string, unknown> | null;
  const text = (name: string) => (typeof reply?.[name] === 'string' ? { [name]: reply[name] } : {});
  const code = reply?.['code'];
  const detail = { ...text('field'), ...text('expected'), ...text('got') };
  if (typeof code === 'string' && Object.hasOwn(ERRORS, code)) return new MeshError(code as ErrorCode, detail);
  return new MeshError('peer-unknown', { field: 'relay', expected: 'an answer of a relay', got: `HTTP ${response.status}` });
}
