/**
 * What a relay must not lose: manifests, certified records, votes and updates of open rounds, and blobs. A promise that resolved means the
 * bytes are on the disk. Every implementation passes store-suite.ts. Times are milliseconds since the epoch, by the caller's clock.
 */
import type { Hash } from '#protocol/codec';
import type { PeerId } from '#protocol/identity';

/**
 * listed: everybody sees it. hidden: it runs, and is on no list. waiting: the host has not approved it; it has no room and no seat.
 * withdrawn: its steward has ended it; it can be read, and runs no more.
 * unread: kept as it is, since this build cannot open it; it counts toward no quota.
 */
export type Standing = 'listed' | 'hidden' | 'waiting' | 'withdrawn' | 'unread';

export interface ManifestStanding {
  readonly standing: Standing;
  /** The host wants it: it never gives way to another, nor goes by itself. */
  readonly kept: boolean;
  /** Last time anybody was there or a round was decided. */
  readonly active: number;
}

export interface NewManifest extends ManifestStanding {
  readonly id: Hash;
  readonly owner: PeerId;
  /** The signed manifest, deterministic CBOR of {body, by, sig}. */
  readonly bytes: Uint8Array;
  /** Bytes that its owner is charged with for its states, and bytes of the disk that are kept free for it; 0 where the relay is no seat. */
  readonly states: number;
  readonly disk: number;
  readonly testSet: Hash | null;
  /** Hash of an invitation that is used up with it. */
  readonly invitation: Hash | null;
}

export interface StoredManifest extends Omit<NewManifest, 'invitation'> {
  readonly since: number;
  /** What its steward signed to end it, deterministic CBOR of {body, by, sig}. */
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

/** Where a federation stands. */
export type Place = Omit<StoredRecord, 'fed' | 'bytes'>;

/** A record to be kept, and the updates that it counts. */
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
  /** Bytes of the database that hold something, and its most. */
  readonly used: number;
  readonly most: number;
  /** Of what is free, bytes that federations may still need. */
  readonly reserved: number;
}

export interface Store {
  /** Idempotent by id. False when it was there already. @throws MeshError quota, field-invalid for an invalid invitation */
  putManifest(manifest: NewManifest, now: number): Promise<boolean>;
  manifest(id: Hash): Promise<StoredManifest | null>;
  manifests(): Promise<StoredManifest[]>;
  /** @param by an invitation that is used up with it, where it waits @throws MeshError as putManifest, not-found */
  changeManifest(id: Hash, changes: ManifestChanges, by?: { readonly invitation: Hash; readonly now: number }): Promise<void>;
  /** With its records, cells and states, and the bytes that nothing names any more. */
  removeManifest(id: Hash): Promise<void>;

  /**
   * What one federation's core writes: all of it or nothing. A record is appended once; its blobs have no owner, their place was paid for with
   * the manifest, and they stay while a cell or the log names them (retention.ts).
   * @throws MeshError conflict when another record has a slot, quota when the disk is kept for others, blob-mismatch
   */
  write(fed: Hash, batch: StoredBatch, now: number): Promise<void>;
  record(fed: Hash, epoch: number, round: number): Promise<StoredRecord | null>;
  /** The highest (epoch, round). */
  head(fed: Hash): Promise<StoredRecord | null>;
  /** The same without its record: nobody reads a certificate for a number. */
  place(fed: Hash): Promise<Place | null>;
  /** @param maxBytes of all of them; the first is there whatever its size */
  records(fed: Hash, fromRound: number, limit: number, maxBytes?: number): Promise<StoredRecord[]>;

  /** Content-addressed; counts toward the owner's quota unless `owner` is the relay itself. @throws MeshError quota, blob-mismatch */
  putBlob(hash: Hash, owner: PeerId, bytes: Uint8Array, now: number): Promise<void>;
  /** @throws MeshError internal when what the disk holds is not what was put there */
  blob(hash: Hash): Promise<Uint8Array | null>;
  /** `length` bytes of a blob from `from`, or what there is of them. @throws MeshError as `blob` */
  blobPart(hash: Hash, from: number, length: number): Promise<BlobPart | null>;
  /** Deletes blobs from before `before` that no manifest names. @returns how many */
  dropUnnamed(before: number): Promise<number>;

  /** Of a federation's core, by key. */
  cells(fed: Hash): Promise<Map<string, Uint8Array>>;

  /** @param hash of a code that lets one manifest in unasked @throws MeshError quota */
  invite(hash: Hash, until: number, now: number): Promise<void>;
  /** Leaves it as it is. @throws MeshError field-invalid for an invalid code, or was used */
  checkInvitation(hash: Hash, now: number): Promise<void>;

  uses(): Promise<FederationUse[]>;
  disk(): Promise<DiskUse>;
  /** Resolves when the store answers. @throws MeshError internal when it does not any more */
  ping(): Promise<void>;
  close(): Promise<void>;
}
