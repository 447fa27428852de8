/** Calls of the client of a relay (relay-client.ts) that encode, decode or sign: certified records, publishing and withdrawing. */
import { decode, encode, toBase64Url, type Hash } from '#protocol/codec';
import { MeshError } from '#protocol/errors';
import { blobProofBytes, type Identity } from '#protocol/identity';
import { JSON_ANSWER_BYTES_MAX, RECORDS_READ_BYTES_MAX, SIGNED_ENTRY_BYTES_MAX } from '#protocol/limits';
import { BYTES, CBOR, INVITATION_HEADER, PATHS, PUBLISHED } from '#protocol/rest';
import { ask, bytes, parsed, textOf, type Asking } from './relay-client.ts';

/** Certified records in their order, not verified; at most RECORDS_PER_ANSWER_MAX of them. @throws MeshError also not-canonical */
export async function fetchRecords(relay: string, federation: Hash, fromRound: number, asking?: Asking): Promise<readonly unknown[]> {
  const records = decode(
    await bytes(relay, `${PATHS.records(federation)}?from=${fromRound}`, RECORDS_READ_BYTES_MAX, asking),
    RECORDS_READ_BYTES_MAX,
  );
  if (!Array.isArray(records)) throw new MeshError('frame-malformed', { field: 'records', expected: 'a list' });
  return records as readonly unknown[];
}

/**
 * Idempotent: a relay that already has the bytes accepts them.
 * @param invitation as for postManifest, which uses it up; here it only shows that the manifest will be accepted
 */
export async function putBlob(relay: string, by: Identity, hash: Hash, body: Uint8Array<ArrayBuffer>, invitation: string): Promise<void> {
  const headers = { 'content-type': BYTES, authorization: await proveBlob(by, hash), ...invited(invitation) };
  await ask(relay, PATHS.blob(hash), { method: 'PUT', body, headers }, {}, async () => {});
}

/** The header that proves whose bytes they are. */
export async function proveBlob(by: Identity, hash: Hash): Promise<string> {
  return `Mesh ${by.id}.${toBase64Url(await by.sign(blobProofBytes(hash)))}`;
}

/**
 * May be sent again, too.
 * @param signed {body, by, sig}
 * @param invitation a code of the relay's host, or an empty one
 * @returns whether it waits for the relay's host to approve it
 * @throws MeshError also wrong-federation when the relay keeps it under another id
 */
export async function postManifest(relay: string, signed: object, id: Hash, invitation: string): Promise<boolean> {
  const headers = { 'content-type': CBOR, ...invited(invitation) };
  return ask(relay, PATHS.federations, { method: 'POST', body: encode(signed), headers }, {}, async (response, more) => {
    const kept = parsed(await textOf(response, JSON_ANSWER_BYTES_MAX, more)) as { id?: unknown } | null;
    if (kept?.id !== id) throw new MeshError('wrong-federation', { field: 'id', expected: id, got: String(kept?.id) });
    return response.status === PUBLISHED.waits;
  });
}

/** What a federation's steward signed to end it, not verified. @throws MeshError not-found while it runs */
export async function fetchWithdrawal(relay: string, federation: Hash, asking?: Asking): Promise<unknown> {
  return decode(await bytes(relay, PATHS.withdrawal(federation), SIGNED_ENTRY_BYTES_MAX, asking), SIGNED_ENTRY_BYTES_MAX);
}

/** May be sent again. @param signed {body, by, sig} */
export async function postWithdrawal(relay: string, federation: Hash, signed: object): Promise<void> {
  const request = { method: 'POST', body: encode(signed), headers: { 'content-type': CBOR } };
  await ask(relay, PATHS.withdrawal(federation), request, {}, async () => {});
}

const invited = (invitation: string) => (invitation === '' ? {} : { [INVITATION_HEADER]: invitation });
