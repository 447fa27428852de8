/**
 * Finds the account of loaded rows: the one that any of them belonged to before. The store maps names of rows (row-ids.ts) to accounts, in
 * order of arrival, and only grows.
 */
import { toBase64Url } from '#protocol/codec';
import { ROW_ID_BYTES, type RowIds } from './row-ids.ts';

/** Rows of one account that were added together. */
export interface RowAccountEntry {
  readonly account: string;
  /** Names of rows, 16 bytes each. */
  readonly ids: Uint8Array;
}

/** Keeps row accounts. Every implementation runs the acceptance suite in ledger-keys-suite.ts. */
export interface RowAccountStore {
  /** Calls for each entry, oldest first. @throws MeshError storage-denied, conflict for damage */
  each(look: (entry: RowAccountEntry) => void): Promise<void>;
  /** Resolves once the entry is durable. @throws MeshError storage-denied */
  add(entry: RowAccountEntry): Promise<void>;
}

export interface FoundAccounts {
  /** Accounts that rows of this load belong to, in store order. */
  readonly accounts: readonly string[];
  /** Rows of this load that were seen before. */
  readonly known: number;
  /** Names that the store does not have yet. */
  readonly fresh: Uint8Array<ArrayBuffer>;
}

export async function findAccounts(store: RowAccountStore, { rows, ids }: RowIds): Promise<FoundAccounts> {
  const table = new IdTable(ids);
  const accounts = new Set<string>();
  await store.each(({ account, ids: before }) => {
    let hit = false;
    for (let at = 0; at + ROW_ID_BYTES <= before.length; at += ROW_ID_BYTES) hit = table.mark(before, at) || hit;
    if (hit) accounts.add(account);
  });
  const known = new Uint8Array(rows);
  const unseen: number[] = [];
  for (let i = 0; i < ids.length / ROW_ID_BYTES; i++) {
    if (table.isMarked(i)) known[i % rows] = 1;
    else if (table.isFirst(i)) unseen.push(i);
  }
  const fresh = new Uint8Array(unseen.length * ROW_ID_BYTES);
  for (const [to, i] of unseen.entries()) fresh.set(ids.subarray(i * ROW_ID_BYTES, (i + 1) * ROW_ID_BYTES), to * ROW_ID_BYTES);
  return { accounts: [...accounts], known: known.reduce((sum, one) => sum + one, 0), fresh };
}

/** A new account's name, which says nothing about the rows. */
export function newAccount(): string {
  return toBase64Url(crypto.getRandomValues(new Uint8Array(16)));
}

/**
 * Hash table of names, placed by their first bytes, which HMAC makes uniform: open addressing, 4 bytes per slot. Equal names share a slot.
 */
class IdTable {
  readonly #ids: Uint8Array;
  readonly #slots: Int32Array;
  /** For each name the first equal one, and whether it is marked. */
  readonly #firsts: Int32Array;
  readonly #marked: Uint8Array;

  constructor(ids: Uint8Array) {
    const count = ids.length / ROW_ID_BYTES;
    this.#ids = ids;
    this.#slots = new Int32Array(2 ** Math.ceil(Math.log2(2 * count + 2))).fill(-1);
    this.#firsts = new Int32Array(count);
    this.#marked = new Uint8Array(count);
    for (let i = 0; i < count; i++) {
      const slot = this.#slotOf(ids, i * ROW_ID_BYTES);
      if (this.#slots[slot] === -1) this.#slots[slot] = i;
      this.#firsts[i] = this.#slots[slot]!;
    }
  }

  isFirst(i: number): boolean {
    return this.#firsts[i] === i;
  }

  isMarked(i: number): boolean {
    return this.#marked[this.#firsts[i]!] === 1;
  }

  /** Marks the name in `bytes` at `at`. @returns whether the table has it */
  mark(bytes: Uint8Array, at: number): boolean {
    const found = this.#slots[this.#slotOf(bytes, at)]!;
    if (found === -1) return false;
    this.#marked[found] = 1;
    return true;
  }

  /** The slot of this name, or the one it would get. */
  #slotOf(bytes: Uint8Array, at: number): number {
    const mask = this.#slots.length - 1;
    let slot = (bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16)) & mask;
    for (; ; slot = (slot + 1) & mask) {
      const found = this.#slots[slot]!;
      if (found === -1 || this.#equal(found * ROW_ID_BYTES, bytes, at)) return slot;
    }
  }

  #equal(own: number, bytes: Uint8Array, at: number): boolean {
    for (let i = 0; i < ROW_ID_BYTES; i++) if (this.#ids[own + i] !== bytes[at + i]) return false;
    return true;
  }
}
