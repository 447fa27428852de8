/**
 * Fetches a federation's manifest and checks it: canonical bytes, the steward's signature, and that it is the requested federation. The
 * device's policy is checked separately: a federation that it rejects may still be viewed. Loaded only with a project's pages, because the
 * checks pull in the schema library.
 */
import { decode, type Hash } from '#protocol/codec';
import { checkDevicePolicy } from '#protocol/device-policy';
import { MeshError } from '#protocol/errors';
import { SIGNED_MANIFEST_BYTES_MAX } from '#protocol/limits';
import type { Manifest } from '#protocol/manifest/manifest';
import { openManifest } from '#protocol/manifest/open';
import { ID } from '#protocol/rest';
import type { Result } from '#workers/api';
import { failed, type Shown } from './problem.ts';
import { fetchManifestBytes } from './relay.ts';

/** An id comes from a link that somebody sent, so errors in it are reported as the link's. */
export async function fetchManifest(id: string, signal?: AbortSignal): Promise<Result<Manifest, Shown>> {
  if (!ID.test(id)) return { ok: false, error: { code: 'link-incomplete', detail: {} } };
  const bytes = await fetchManifestBytes(id as Hash, signal);
  if (!bytes.ok) return bytes.error.code === 'not-found' ? { ok: false, error: { code: 'project-unknown', detail: {} } } : bytes;
  const checked = await check(id, bytes.value);
  if (checked.ok) return checked;
  // This device's copy may be damaged while the relay's is intact.
  const again = await fetchManifestBytes(id as Hash, signal, 'reload');
  return again.ok ? check(id, again.value) : checked;
}

async function check(id: string, bytes: Uint8Array): Promise<Result<Manifest, Shown>> {
  try {
    const manifest = await openManifest(decode(bytes, SIGNED_MANIFEST_BYTES_MAX));
    if (manifest.id !== id) throw new MeshError('wrong-federation', { field: 'id', expected: id, got: manifest.id });
    return { ok: true, value: manifest };
  } catch (error) {
    return failed(error);
  }
}

/** Why this device would not join it, or null. */
export async function policyProblem({ body }: Manifest): Promise<Shown | null> {
  try {
    await checkDevicePolicy(body, async (...claim) => (await import('./rounds-cost.ts')).roundsCost(...claim));
    return null;
  } catch (error) {
    return failed(error).error;
  }
}
