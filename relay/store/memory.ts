/**
 * A store in memory, for tests and for relays that are meant to forget. It answers as the SQLite store does, but nothing in it
 * survives the process. The reference that the acceptance suite is read against.
 */
import { createHash } from 'node:crypto';
import type { Hash } from '#protocol/codec';
import { MeshError } from '#protocol/errors';
import type { PeerId } from '#protocol/identity';
import { checkBlobQuota, checkFederationQuota, type Quotas } from './quotas.ts';
import type { Store, StoredBlob, StoredManifest, StoredRecord } from './store.ts';

export function openMemoryStore(quotas: Quotas): Store {
  const manifests = new Map<Hash, StoredManifest>();
  const records = new Map<string, StoredRecord>();
  const blobs = new Map<Hash, StoredBlob>();
  const cells = new Map<Hash, Map<string, Uint8Array>>();
  const slot = (fed: Hash, epoch: number, round: number) => `${fed}/${epoch}/${round}`;
  const inOrder = (fed: Hash) =>
    [...records.values()].filter((r) => r.fed === fed).toSorted((a, b) => a.epoch - b.epoch || a.round - b.round);
  const bytesOf = (match: (owner: PeerId) => boolean) =>
    [...blobs.values()].reduce((sum, { owner, bytes }) => sum + (match(owner) ? bytes.length : 0), 0);

  return {
    async putManifest(id, owner, bytes) {
      if (manifests.has(id)) return false;
      checkFederationQuota(quotas, [...manifests.values()].filter((m) => m.owner === owner).length, manifests.size);
      manifests.set(id, { id, owner, bytes: bytes.slice(), seq: manifests.size + 1 });
      return true;
    },
    manifest: async (id) => manifests.get(id) ?? null,
    manifests: async () => [...manifests.values()],

    async putRecord(record) {
      const key = slot(record.fed, record.epoch, record.round);
      const there = records.get(key);
      if (there !== undefined) return sameRecord(there.id, record.id);
      records.set(key, { ...record, bytes: record.bytes.slice() });
      return true;
    },
    record: async (fed, epoch, round) => records.get(slot(fed, epoch, round)) ?? null,
    head: async (fed) => inOrder(fed).at(-1) ?? null,
    records: async (fed, fromRound, limit) =>
      inOrder(fed)
        .filter((r) => r.round >= fromRound)
        .slice(0, limit),

    async putBlob(hash, owner, bytes) {
      checkBlobHash(hash, bytes);
      if (blobs.has(hash)) return;
      checkBlobQuota(
        quotas,
        owner,
        bytesOf((o) => o === owner),
        bytesOf((o) => o !== quotas.relay),
        bytes.length,
      );
      blobs.set(hash, { hash, owner, bytes: bytes.slice() });
    },
    blob: async (hash) => blobs.get(hash)?.bytes ?? null,
    async deleteBlobs(hashes) {
      for (const hash of hashes) blobs.delete(hash);
    },

    async writeCells(fed, puts, deletes) {
      const mine = new Map(cells.get(fed)); // changed aside, so that a refusal half way changes nothing
      for (const key of deletes) mine.delete(key);
      for (const { key, value } of puts) mine.set(key, value.slice());
      cells.set(fed, mine);
    },
    cells: async (fed) => new Map(cells.get(fed)),

    async ping() {},
    async close() {},
  };
}

/** @returns false: it was there already. @throws MeshError conflict when the slot holds another record */
export function sameRecord(there: Hash, offered: Hash): false {
  if (there !== offered) throw new MeshError('conflict', { field: 'record', expected: there, got: offered });
  return false;
}

/** @throws MeshError blob-mismatch */
export function checkBlobHash(hash: Hash, bytes: Uint8Array): void {
  const got = createHash('sha256').update(bytes).digest('base64url');
  if (got !== hash) throw new MeshError('blob-mismatch', { field: 'hash', expected: hash, got });
}
