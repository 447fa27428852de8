/** The platform of a headless peer: files in one folder, the trainer in this thread, the relay's mailbox as its only transport. */
import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { MeshError } from '#protocol/errors';
import { aggregateHere } from '#protocol/robust/rule';
import { openMesh } from '#signaling/mesh';
import { fetchBlob, fetchSample } from '#signaling/relay-client';
import { fetchRecords, fetchWithdrawal, postWithdrawal } from '#signaling/relay-signed';
import { loadTrainingNumerics } from '#wasm/load-node';
import { openBudgetFile } from '../platform/budget-store-node.ts';
import { loadIdentity } from '../platform/identity-node.ts';
import { openLedgerKeys } from '../platform/ledger-keys-node.ts';
import { memoryKeyValueStore } from '../platform/memory-stores.ts';
import type { Platform } from './platform.ts';
import { openNodeStorages } from '../platform/storage-node.ts';
import { openTrainerEndpoint } from '../rows/trainer-endpoint.ts';

export interface NodePlatform extends Platform {
  close(): Promise<void>;
}

/**
 * @param relay http(s) origin
 * @param folder keys, budget, votes; rows are kept in memory only, a headless peer is given its file at every start
 * @throws MeshError budget-locked when another process uses the folder
 */
export async function openNodePlatform(relay: string, folder: string): Promise<NodePlatform> {
  await mkdir(join(folder, 'keys'), { recursive: true, mode: 0o700 });
  const ledger = await openLedgerKeys(join(folder, 'ledger'));
  const budget = await openBudgetFile(join(folder, 'budget.jsonl'));
  const storages = await Promise.try(openNodeStorages, folder).catch(async (error: unknown) => {
    await budget.close();
    throw error;
  });
  return {
    trainer: openTrainerEndpoint(loadTrainingNumerics(), (name) => fetchSample(relay, name)),
    budget,
    ledger,
    sessions: memoryKeyValueStore(),
    identity: (federation) => loadIdentity(join(folder, 'keys'), federation),
    storage: (federation) => storages.of(federation),
    aggregate: aggregateHere,
    blob: (hash, maxBytes) => fetchBlob(relay, hash, maxBytes),
    records: (federation, fromRound) => fetchRecords(relay, federation, fromRound),
    withdrawals: {
      steward: async () => null,
      fetch: (federation) => fetchWithdrawal(relay, federation),
      send: (federation, signed) => postWithdrawal(relay, federation, signed),
    },
    open: (manifest, identity, events, onDeparture) =>
      openMesh({ url: relay, room: manifest.id, identity, rtc: null, events, onDeparture }),
    now: () => performance.timeOrigin + performance.now(),
    async forget() {
      await rm(join(folder, 'keys'), { recursive: true, force: true });
      storages.clear();
    },
    async forgetLedger() {
      throw new MeshError('conflict', { field: 'folder', expected: 'another folder for another person', got: folder });
    },
    async close() {
      storages.close();
      await budget.close();
    },
  };
}
