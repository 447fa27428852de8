/**
 * What a relay must not lose: manifests, certified records, votes and updates of open rounds, and blobs.
 * A promise that resolved means the bytes are on the disk. Every implementation passes store-suite.ts.
 */
import type { Hash } from '#protocol/codec';
import type { PeerId } from '#protocol/identity';

export interface StoredManifest {
  readonly id: Hash;
  readonly owner: PeerId;
  /** The signed manifest, deterministic CBOR of {body, by, sig}. */
  readonly bytes: Uint8Array;
  /** Position in the list of federations; built-in ones first. */
  readonly seq: number;
}

export interface StoredRecord {
  readonly fed: Hash;
  readonly epoch: number;
  readonly round: number;
  readonly id: Hash;
  readonly state: Hash;
  /** CertifiedRecord, deterministic CBOR. */
  readonly bytes: Uint8Array;
}

export interface StoredBlob {
  readonly hash: Hash;
  readonly owner: PeerId;
  readonly bytes: Uint8Array;
}

export interface Store {
  /** Idempotent by id. False when it was there already. @throws MeshError quota */
  putManifest(id: Hash, owner: PeerId, bytes: Uint8Array): Promise<boolean>;
  manifest(id: Hash): Promise<StoredManifest | null>;
  manifests(): Promise<StoredManifest[]>;

  /** Idempotent by (fed, epoch, round). @throws MeshError conflict when another id is there */
  putRecord(record: StoredRecord): Promise<boolean>;
  record(fed: Hash, epoch: number, round: number): Promise<StoredRecord | null>;
  /** The highest (epoch, round). */
  head(fed: Hash): Promise<StoredRecord | null>;
  records(fed: Hash, fromRound: number, limit: number): Promise<StoredRecord[]>;

  /** Content-addressed; counts toward the owner's quota unless `owner` is the relay itself. @throws MeshError quota, blob-mismatch */
  putBlob(hash: Hash, owner: PeerId, bytes: Uint8Array): Promise<void>;
  blob(hash: Hash): Promise<Uint8Array | null>;
  deleteBlobs(hashes: readonly Hash[]): Promise<void>;

  /** Named cells of one federation's round core (votes, lock, open updates): all of `puts` and `deletes` or none. */
  writeCells(fed: Hash, puts: readonly { key: string; value: Uint8Array }[], deletes: readonly string[]): Promise<void>;
  cells(fed: Hash): Promise<Map<string, Uint8Array>>;

  /** Resolves when the store answers. @throws MeshError internal when it does not any more */
  ping(): Promise<void>;
  close(): Promise<void>;
}
