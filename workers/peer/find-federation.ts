/**
 * The federation that a command-line user means: by its id, or by a name that only the relay's own host can have given. Anybody may publish
 * under any name, and the chosen federation's terms are agreed to: a name alone must never select a stranger's text and terms.
 */
import { decode, type Hash } from '#protocol/codec';
import { checkDevicePolicy } from '#protocol/device-policy';
import { MeshError } from '#protocol/errors';
import type { Manifest } from '#protocol/manifest/manifest';
import { openManifest } from '#protocol/manifest/open';
import { ID, type FederationLine } from '#protocol/rest';
import { fetchFederations, fetchManifest, fetchRelay } from '#signaling/relay-client';
import { fetchWithdrawal } from '#signaling/relay-signed';

/** Ids in an error; more are counted. */
const IDS_SHOWN = 8;

/**
 * @param wanted id, or a name as the relay lists it
 * @throws MeshError manifest-unsafe; as a relay that does not answer; not-found: none of that id or name; withdrawn, as the relay says;
 * conflict naming the ids if a name is ambiguous
 */
export async function findFederation(relay: string, wanted: string): Promise<Manifest> {
  const list = await fetchFederations(relay);
  const listed = list.find(({ id }) => id === wanted) ?? (await byName(relay, list, wanted));
  const manifest = await openManifest(decode(await fetchManifest(relay, listed.id)));
  if (manifest.id !== listed.id) throw new MeshError('conflict', { field: 'federation', expected: listed.id, got: manifest.id });
  // For a name, the list's claim about its steward was trusted; the manifest is signed.
  if (listed.id !== wanted && manifest.body.steward !== listed.steward) {
    throw new MeshError('conflict', { field: 'federation.steward', expected: listed.steward, got: manifest.body.steward });
  }
  await checkDevicePolicy(manifest.body);
  return manifest;
}

async function byName(relay: string, list: readonly FederationLine[], wanted: string): Promise<FederationLine> {
  const named = list.filter(({ name }) => name.toLowerCase() === wanted.toLowerCase());
  if (named.length === 0) throw await unlisted(relay, wanted);
  const { id: host } = await fetchRelay(relay);
  const own = named.filter(({ steward }) => steward === host);
  if (own.length === 1) return own[0]!;
  const ids = (own.length > 1 ? own : named).map(({ id }) => id);
  const more = ids.length > IDS_SHOWN ? ` and ${ids.length - IDS_SHOWN} more` : '';
  throw new MeshError('conflict', {
    field: 'federation',
    expected: `an id, since anybody can take a name: ${ids.slice(0, IDS_SHOWN).join(', ')}${more}`,
    got: `the name “${wanted}”`,
  });
}

async function unlisted(relay: string, wanted: string): Promise<MeshError> {
  const ended = ID.test(wanted) && (await fetchWithdrawal(relay, wanted as Hash).catch(() => null)) !== null;
  if (ended) return new MeshError('withdrawn', { field: 'federation', got: wanted });
  return new MeshError('not-found', { field: 'federation', expected: 'one that the relay lists', got: wanted });
}
