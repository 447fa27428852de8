/** Interprets the manifests in a relay's database, which another build may have written. */
import { decode } from '#protocol/codec';
import { asMeshError } from '#protocol/errors';
import { SIGNED_MANIFEST_BYTES_MAX } from '#protocol/limits';
import type { Manifest } from '#protocol/manifest/manifest';
import { openManifest } from '#protocol/manifest/open';
import type { Standing, StoredManifest } from './store/store.ts';

/** The standing of a manifest that another build could not open but this one can. */
export const readAgain = ({ withdrawal }: Pick<StoredManifest, 'withdrawal'>): Standing => (withdrawal === null ? 'listed' : 'withdrawn');

/** @returns its manifest, or why this build cannot open it */
export async function opened(bytes: Uint8Array): Promise<{ readonly manifest: Manifest | null; readonly problem: string }> {
  try {
    return { manifest: await openManifest(decode(bytes, SIGNED_MANIFEST_BYTES_MAX)), problem: '' };
  } catch (error) {
    const { code, message } = asMeshError(error);
    return { manifest: null, problem: code === 'manifest-version' ? 'it was made by another version of this program' : message };
  }
}
