/** A storage that ends with its process: for practice, the simulator and tests. */
import type { Hash } from '../codec.ts';
import { MeshError } from '../errors.ts';
import { idOf } from '../identity.ts';
import type { CertifiedRecord } from '../round/messages.ts';
import type { Stored } from '../round/state.ts';
import type { Batch, Storage } from './ports.ts';
import { LogNames } from './retention.ts';

const byPlace = ({ record: a }: CertifiedRecord, { record: b }: CertifiedRecord): number => a.epoch - b.epoch || a.round - b.round;

export class MemoryStorage implements Storage {
  /** Ordered by (epoch, round). */
  readonly records: CertifiedRecord[] = [];
  readonly bytes = new Map<Hash, Uint8Array>();
  readonly kept = new Map<string, unknown>();
  /** Blobs that cells name. */
  readonly names = new Map<string, Hash>();

  readonly log = {
    head: async () => this.records.at(-1) ?? null,
    read: async (round: number, limit: number) => this.records.filter(({ record }) => record.round >= round).slice(0, limit),
  };
  readonly blobs = { get: async (hash: Hash) => this.bytes.get(hash) ?? null };
  readonly cells = { read: async () => new Map(this.kept) };

  async write(batch: Batch): Promise<void> {
    this.apply(batch);
  }

  /** What a core finds here. */
  get stored(): Stored {
    return { head: this.records.at(-1) ?? null, cells: new Map(this.kept), blobs: new Map(this.bytes) };
  }

  apply({ puts = [], deletes = [], append = [], blobs = [] }: Batch): void {
    const news = append.filter((certified) => this.#isNew(certified));
    this.records.push(...news);
    this.records.sort(byPlace);
    for (const { hash, bytes } of blobs) this.bytes.set(hash, bytes);
    for (const key of deletes) this.#delete(key);
    for (const { key, value, blob } of puts) {
      this.#delete(key);
      this.kept.set(key, value);
      if (blob !== undefined) this.names.set(key, blob);
    }
    if (news.length > 0) this.#collect();
  }

  clear(): void {
    this.records.length = 0;
    for (const map of [this.bytes, this.kept, this.names]) map.clear();
  }

  #isNew(certified: CertifiedRecord): boolean {
    const there = this.records.find((other) => byPlace(other, certified) === 0);
    if (there === undefined) return true;
    const [expected, got] = [idOf(there.record), idOf(certified.record)];
    if (expected !== got) throw new MeshError('conflict', { field: 'record', expected, got });
    return false;
  }

  #delete(key: string): void {
    this.kept.delete(key);
    this.names.delete(key);
  }

  #collect(): void {
    const named = new LogNames();
    for (let i = this.records.length - 1; i >= 0 && named.add(this.records[i]!); i--);
    const cells = new Set(this.names.values());
    for (const hash of this.bytes.keys()) if (!named.hashes.has(hash) && !cells.has(hash)) this.bytes.delete(hash);
  }
}
