/**
 * What a relay must not lose: manifests, certified records, votes and updates of open rounds, and blobs. Once a promise resolves, its bytes
 * are on disk. Every implementation passes store-suite.ts. Times are milliseconds since the epoch, by the caller's clock.
 */
import type { Hash } from '#protocol/codec';
import type { PeerId } from '#protocol/identity';

/**
 * listed: everybody sees it. hidden: it runs, but is not listed. waiting: the host has not approved it; it has no room and no seat.
 * withdrawn: its steward has ended it; it can be read, but no longer runs.
 * unread: kept unchanged, because this build cannot open it; it counts toward no quota.
 */
export type Standing = 'listed' | 'hidden' | 'waiting' | 'withdrawn' | 'unread';

export interface ManifestStanding {
  readonly standing: Standing;
  /** The host wants it: it neither gives way to another nor expires. */
  readonly kept: boolean;
  /** Last time anybody was there or a round was decided. */
  readonly active: number;
}

export interface NewManifest extends ManifestStanding {
  readonly id: Hash;
  readonly owner: PeerId;
  /** The signed manifest, deterministic CBOR of {body, by, sig}. */
  readonly bytes: Uint8Array;
  /** Bytes charged to its owner for its states, and disk bytes reserved for it; 0 if the relay is not a seat. */
  readonly states: number;
  readonly disk: number;
  readonly testSet: Hash | null;
  /** Hash of an invitation that it uses up. */
  readonly invitation: Hash | null;
}

export interface StoredManifest extends Omit<NewManifest, 'invitation'> {
  readonly since: number;
  /** The withdrawal that its steward signed, deterministic CBOR of {body, by, sig}. */
  readonly withdrawal: Uint8Array | null;
  /** Position in the list of federations; built-in ones first. */
  readonly seq: number;
}

export type ManifestChanges = Partial<ManifestStanding & Pick<StoredManifest, 'withdrawal'>>;

export interface StoredRecord {
  readonly fed: Hash;
  readonly epoch: number;
  readonly round: number;
  readonly id: Hash;
  readonly state: Hash;
  /** CertifiedRecord, deterministic CBOR. */
  readonly bytes: Uint8Array;
}

/** A federation's position. */
export type Place = Omit<StoredRecord, 'fed' | 'bytes'>;

/** A record to keep, and the updates that it counts. */
export interface NewRecord extends Omit<StoredRecord, 'fed'> {
  readonly vectors: readonly Hash[];
}

/** What one federation's core writes, encoded (protocol/driver/ports.ts). */
export interface StoredBatch {
  readonly puts?: readonly { readonly key: string; readonly value: Uint8Array; readonly blob: Hash | null }[];
  readonly deletes?: readonly string[];
  readonly append?: readonly NewRecord[];
  readonly blobs?: readonly { readonly hash: Hash; readonly bytes: Uint8Array }[];
}

/** Bytes of one federation. */
export interface FederationUse {
  readonly fed: Hash;
  readonly records: number;
  readonly cells: number;
  /** Its states, and vectors of its updates. */
  readonly blobs: number;
}

export interface BlobPart {
  /** Bytes of the whole blob. */
  readonly size: number;
  readonly bytes: Uint8Array;
}

export interface DiskUse {
  /** Bytes of the database in use, and its maximum. */
  readonly used: number;
  readonly most: number;
  /** Part of the free bytes that federations may still need. */
  readonly reserved: number;
}

export interface Store {
  /** Idempotent by id. Resolves to false if it existed already. @throws MeshError quota, field-invalid for an invalid invitation */
  putManifest(manifest: NewManifest, now: number): Promise<boolean>;
  manifest(id: Hash): Promise<StoredManifest | null>;
  manifests(): Promise<StoredManifest[]>;
  /** @param by an invitation that approving a waiting one uses up @throws MeshError as putManifest, not-found */
  changeManifest(id: Hash, changes: ManifestChanges, by?: { readonly invitation: Hash; readonly now: number }): Promise<void>;
  /** Also deletes its records, cells and states, and bytes that nothing names afterwards. A withdrawal is kept among the last ones. */
  removeManifest(id: Hash): Promise<void>;
  /** Those of deleted federations, the oldest first; at most WITHDRAWALS_KEPT. */
  withdrawals(): Promise<{ readonly id: Hash; readonly withdrawal: Uint8Array }[]>;

  /**
   * Writes a batch of one federation's core: all of it or nothing. A record is appended once. Its blobs have no owner, since their space
   * was charged with the manifest, and stay while a cell or the log names them (retention.ts).
   * @throws MeshError conflict if another record has the slot, quota if the disk is reserved for others, blob-mismatch
   */
  write(fed: Hash, batch: StoredBatch, now: number): Promise<void>;
  record(fed: Hash, epoch: number, round: number): Promise<StoredRecord | null>;
  /** The highest (epoch, round). */
  head(fed: Hash): Promise<StoredRecord | null>;
  /** As `head`, without the record, so that nobody decodes a certificate to get a number. */
  place(fed: Hash): Promise<Place | null>;
  /** @param maxBytes in total; the first is included whatever its size */
  records(fed: Hash, fromRound: number, limit: number, maxBytes?: number): Promise<StoredRecord[]>;

  /** Content-addressed; counts toward the owner's quota unless `owner` is the relay itself. @throws MeshError quota, blob-mismatch */
  putBlob(hash: Hash, owner: PeerId, bytes: Uint8Array, now: number): Promise<void>;
  /** @throws MeshError internal if the stored bytes do not match the hash */
  blob(hash: Hash): Promise<Uint8Array | null>;
  /** `length` bytes of a blob from `from`, or as many as it has. @throws MeshError as `blob` */
  blobPart(hash: Hash, from: number, length: number): Promise<BlobPart | null>;
  /** Deletes unnamed blobs from before `before`. @returns how many */
  dropUnnamed(before: number): Promise<number>;

  /** Cells of a federation's core, by key. */
  cells(fed: Hash): Promise<Map<string, Uint8Array>>;

  /** @param hash of a code that admits one manifest without approval @throws MeshError quota */
  invite(hash: Hash, until: number, now: number): Promise<void>;
  /** Does not use it up. @throws MeshError field-invalid for a code that is invalid or was used */
  checkInvitation(hash: Hash, now: number): Promise<void>;

  uses(): Promise<FederationUse[]>;
  disk(): Promise<DiskUse>;
  /** Resolves when the store answers. @throws MeshError internal if it no longer does */
  ping(): Promise<void>;
  close(): Promise<void>;
}
