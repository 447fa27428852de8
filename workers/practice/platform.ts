/**
 * The platform of a practice participant: everything in memory, its peers on this page, its trainer in its own thread. It reaches no
 * network and no storage, so practice costs nobody a budget and leaves nothing behind.
 */
import { hashBytes } from '#protocol/codec';
import { MemoryStorage } from '#protocol/driver/memory-storage';
import { MeshError } from '#protocol/errors';
import { aggregateHere } from '#protocol/robust/rule';
import type { Identity } from '#protocol/identity';
import { openInPageMesh, type PortTo } from '#signaling/in-page-mesh';
import type { Numerics } from '#wasm/numerics';
import type { KeptSession, Platform } from '../peer/platform.ts';
import { openTrainerEndpoint, type TrainerEndpoint } from '../rows/trainer-endpoint.ts';
import { memoryBudget, memoryLedgerKeys, memoryKeyValueStore } from '../platform/memory-stores.ts';

/** Within one page a round takes a blink; this pace lets people see it, and leaves the device time for other work. */
const PACE_MS = 1000;

export interface PracticePlatformOptions {
  readonly identity: Identity;
  readonly ports: readonly PortTo[];
  readonly numerics: Promise<Numerics>;
  readonly testSet: Uint8Array | null;
  /** Least time between two updates; PACE_MS if absent. */
  readonly paceMs?: number;
}

export function openPracticePlatform({ identity, ports, numerics, testSet, paceMs = PACE_MS }: PracticePlatformOptions): Platform {
  const storage = new MemoryStorage();
  return {
    trainer: practiceTrainer(numerics, paceMs),
    budget: memoryBudget(),
    ledger: memoryLedgerKeys(),
    sessions: memoryKeyValueStore<KeptSession>(),
    identity: async () => identity,
    storage: () => storage,
    aggregate: aggregateHere,
    async blob(hash) {
      if (testSet === null || hashBytes(testSet) !== hash) throw new MeshError('not-found', { field: 'blob', expected: hash });
      return testSet;
    },
    open: (_manifest, { id: self }, events, onDeparture) => openInPageMesh({ self, ports, events, onDeparture }),
    now: () => performance.timeOrigin + performance.now(),
    forget: async () => {},
    forgetLedger: async () => {},
  };
}

/** The real trainer with real noise. It reports all rows as made up, since it never gets others. */
function practiceTrainer(numerics: Promise<Numerics>, paceMs: number): TrainerEndpoint {
  const endpoint = openTrainerEndpoint(numerics, () => Promise.reject(new MeshError('not-found', { field: 'sample' })));
  let next = 0;
  return {
    ...endpoint,
    pace: async () => ({ ok: true, value: 0 }), // made-up rows hold no secret, and PACE_MS sets the pace
    async load(source, heldOut, part) {
      const answer = await endpoint.load(source, heldOut, part);
      if (!answer.ok) return answer;
      return { ok: true, value: { ...answer.value, report: { ...answer.value.report, synthetic: true } } };
    },
    async makeUpdate(parameters, clip) {
      await new Promise((resolve) => setTimeout(resolve, Math.max(0, next - performance.now())));
      next = performance.now() + paceMs;
      return endpoint.makeUpdate(parameters, clip);
    },
  };
}
