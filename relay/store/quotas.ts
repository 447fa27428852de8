/**
 * What one identity, and all of them together, may keep on a relay. Every store asks here, so that they refuse alike.
 */
import { MeshError } from '#protocol/errors';
import type { PeerId } from '#protocol/identity';
import { BLOB_BYTES_MAX, BLOB_BYTES_PER_IDENTITY_MAX, FEDERATIONS_MAX, FEDERATIONS_PER_IDENTITY_MAX } from '#protocol/limits';

export interface Quotas {
  /** The relay's own identity: its blobs (models, updates of open rounds) count toward no quota. */
  readonly relay: PeerId | null;
  readonly federationsPerIdentity: number;
  readonly federations: number;
  /** Bytes. */
  readonly blobBytesPerIdentity: number;
  readonly blobBytes: number;
}

export function defaultQuotas(relay: PeerId | null): Quotas {
  return {
    relay,
    federationsPerIdentity: FEDERATIONS_PER_IDENTITY_MAX,
    federations: FEDERATIONS_MAX,
    blobBytesPerIdentity: BLOB_BYTES_PER_IDENTITY_MAX,
    blobBytes: BLOB_BYTES_MAX,
  };
}

/** @throws MeshError quota when one more federation is too many */
export function checkFederationQuota(quotas: Quotas, ofOwner: number, ofAll: number): void {
  if (ofOwner >= quotas.federationsPerIdentity) refuse('federations of one identity', quotas.federationsPerIdentity, ofOwner + 1);
  if (ofAll >= quotas.federations) refuse('federations of this relay', quotas.federations, ofAll + 1);
}

/** @param ofOwner, ofAll bytes that are kept already; `ofAll` without the relay's own */
export function checkBlobQuota(quotas: Quotas, owner: PeerId, ofOwner: number, ofAll: number, size: number): void {
  if (owner === quotas.relay) return;
  if (ofOwner + size > quotas.blobBytesPerIdentity) refuse('blob bytes of one identity', quotas.blobBytesPerIdentity, ofOwner + size);
  if (ofAll + size > quotas.blobBytes) refuse('blob bytes of this relay', quotas.blobBytes, ofAll + size);
}

function refuse(field: string, most: number, got: number): never {
  throw new MeshError('quota', { field, expected: `at most ${most}`, got: String(got) });
}
