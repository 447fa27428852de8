/** What stores keep for a peer beside its ledger and its cells: the interfaces that each place implements. */
import type { Hash } from '#protocol/codec';
import type { KeptRecording } from '../api.ts';

/** A named value that outlives the process; null forgets it. */
export interface KeyValueStore<T> {
  read(key: string): Promise<T | null>;
  write(key: string, value: T | null): Promise<void>;
}

/** Recordings that a person made with this device, by federation. */
export interface RecordingStore {
  /** Oldest first. */
  list(federation: Hash): Promise<readonly KeptRecording[]>;
  keep(federation: Hash, recording: KeptRecording): Promise<void>;
  drop(federation: Hash, id: string): Promise<void>;
}
