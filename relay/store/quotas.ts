/** What one identity, and all of them together, may store on a relay. Every store checks here, so that all refuse alike. */
import { MeshError } from '#protocol/errors';
import type { PeerId } from '#protocol/identity';
import {
  BLOB_BYTES_MAX,
  BLOB_BYTES_PER_IDENTITY_MAX,
  FEDERATIONS_MAX,
  FEDERATIONS_PER_IDENTITY_MAX,
  WAITING_MAX,
  WAITING_PER_IDENTITY_MAX,
} from '#protocol/limits';

export interface Quotas {
  /** The relay's own identity: its blobs count toward no quota. */
  readonly relay: PeerId | null;
  readonly federationsPerIdentity: number;
  readonly federations: number;
  readonly waitingPerIdentity: number;
  readonly waiting: number;
  /** Bytes. */
  readonly blobBytesPerIdentity: number;
  readonly blobBytes: number;
  /** Bytes of the whole data directory. */
  readonly disk: number;
}

/** In the field of a refusal that only this identity's own things could make room for. */
export const OF_ONE = 'of one identity';
const BYTES = 'bytes';
const DISK = 'disk of this relay';

/**
 * Whether deleting a federation makes room for what was refused. One without a share of what is short must stay: blobs also fill bytes and
 * disk, and a waiting federation has neither.
 * @param field of the refusal
 */
export function givesBack(field: string, { standing, states, disk }: { standing: string; states: number; disk: number }): boolean {
  if (field.startsWith(BYTES)) return standing !== 'waiting' && states > 0;
  if (field === DISK) return standing !== 'waiting' && disk > 0;
  return true;
}

/** @param disk bytes of the data directory */
export function defaultQuotas(relay: PeerId | null, disk: number = Infinity): Quotas {
  return {
    relay,
    federationsPerIdentity: FEDERATIONS_PER_IDENTITY_MAX,
    federations: FEDERATIONS_MAX,
    waitingPerIdentity: WAITING_PER_IDENTITY_MAX,
    waiting: WAITING_MAX,
    blobBytesPerIdentity: BLOB_BYTES_PER_IDENTITY_MAX,
    blobBytes: BLOB_BYTES_MAX,
    disk,
  };
}

/** @throws MeshError quota if one more federation of this kind is too many */
export function checkFederationQuota(quotas: Quotas, waits: boolean, ofOwner: number, ofAll: number): void {
  const [own, all] = waits ? [quotas.waitingPerIdentity, quotas.waiting] : [quotas.federationsPerIdentity, quotas.federations];
  const what = waits ? 'waiting federations' : 'federations';
  if (ofOwner >= own) refuse(`${what} ${OF_ONE}`, own, ofOwner + 1);
  if (ofAll >= all) refuse(`${what} of this relay`, all, ofAll + 1);
}

/** @param ofOwner, ofAll bytes that are kept or promised already; `ofAll` without the relay's own */
export function checkBytesQuota(quotas: Quotas, owner: PeerId, ofOwner: number, ofAll: number, size: number): void {
  if (owner === quotas.relay) return;
  if (ofOwner + size > quotas.blobBytesPerIdentity) refuse(`${BYTES} ${OF_ONE}`, quotas.blobBytesPerIdentity, ofOwner + size);
  if (ofAll + size > quotas.blobBytes) refuse(`${BYTES} of this relay`, quotas.blobBytes, ofAll + size);
}

/** @param free bytes that are neither used nor promised */
export function checkDisk(free: number, size: number): void {
  if (size > free) refuse(DISK, Math.max(0, free), size);
}

function refuse(field: string, most: number, got: number): never {
  throw new MeshError('quota', { field, expected: `at most ${most}`, got: String(got) });
}
