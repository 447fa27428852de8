/** What the acceptance suites of storages write: records that differ in nothing but what storages look at. */
import { hashBytes, type Hash } from '#protocol/codec';
import type { PeerId } from '#protocol/identity';
import type { CertifiedRecord } from '#protocol/round/messages';
import type { Storage } from './ports.ts';

/** One federation's storage under test; it is the same federation after `reopen`. */
export interface StorageUnderTest {
  readonly storage: Storage;
  /** Closes it and opens what it left behind; null for one that keeps nothing. */
  readonly reopen: (() => Promise<Storage>) | null;
  readonly end: () => Promise<void>;
}

export const bytesOf = (text: string): Uint8Array<ArrayBuffer> => new TextEncoder().encode(text);
export const hashOf = (text: string): Hash => hashBytes(bytesOf(text));
export const blobOf = (text: string): { hash: Hash; bytes: Uint8Array } => ({ hash: hashOf(text), bytes: bytesOf(text) });
/** The federation that suites write to, where a store has several. */
export const SUITE_FED = hashOf('federation');

export function recordOf(
  round: number,
  { state = `state ${round}`, vectors = [], epoch = 0 }: { state?: string; vectors?: readonly string[]; epoch?: number } = {},
): CertifiedRecord {
  const made = {
    fed: SUITE_FED,
    epoch,
    round,
    kind: 'model',
    base: hashOf(`${epoch} ${round - 1}`),
    from: { state: hashOf('from'), round: 0 },
  };
  const contributions = vectors.map((vector) => ({
    kind: 'update' as const,
    member: `A${hashOf(vector)}` as PeerId,
    attempt: 0,
    vector: hashOf(vector),
    ledger: hashOf('ledger'),
    sig: new Uint8Array(64),
  }));
  const after = { state: hashOf(state), stateRound: round, models: round, kernel: 'k', contributions };
  return { record: { t: 'record', ...made, ...after } as CertifiedRecord['record'], commits: [], attests: [] };
}
