/**
 * A platform's one open budget ledger: read and verified once, then extended record by record. A queue makes each record from the current
 * ledger, so that a payment, its release and an import never claim the same position.
 */
import type { Identity } from '#protocol/identity';
import { extend, openSignedLedger, signRecord, type BudgetRecord, type BudgetStore, type Ledger } from '#protocol/privacy/ledger/budget';
import type { LedgerKeys } from './ledger-keys.ts';

/** What a ledger needs of a platform. */
export interface LedgerDeps {
  readonly budget: BudgetStore;
  readonly ledger: LedgerKeys;
}

const opened = new WeakMap<BudgetStore, Promise<LedgerBook>>();

export class LedgerBook {
  readonly identity: Identity;
  readonly keys: LedgerKeys;
  readonly #store: BudgetStore;
  #ledger: Ledger;
  /** After a failed write, the disk's content is unknown until it is read again. */
  #unsure = false;
  #last: Promise<unknown> = Promise.resolve();

  private constructor({ budget, ledger: keys }: LedgerDeps, identity: Identity, ledger: Ledger) {
    this.#store = budget;
    this.keys = keys;
    this.identity = identity;
    this.#ledger = ledger;
  }

  /** @throws MeshError conflict, signature-invalid naming the first record that was altered or has another signer; storage-denied */
  static open(deps: LedgerDeps): Promise<LedgerBook> {
    const before = opened.get(deps.budget);
    if (before !== undefined) return before.then((book) => book.#sure());
    const opening = (async () => {
      const identity = await deps.ledger.identity();
      return new LedgerBook(deps, identity, await openSignedLedger(await deps.budget.read(), identity.id));
    })();
    opened.set(deps.budget, opening);
    opening.catch(() => opened.delete(deps.budget));
    return opening;
  }

  get ledger(): Ledger {
    return this.#ledger;
  }

  /**
   * Makes a record from the current ledger, and resolves once it is durable.
   * @param make returns the record; if it returns null or throws, nothing is written
   */
  append<R extends BudgetRecord>(make: (ledger: Ledger) => R): Promise<R>;
  append<R extends BudgetRecord>(make: (ledger: Ledger) => R | null): Promise<R | null>;
  append<R extends BudgetRecord>(make: (ledger: Ledger) => R | null): Promise<R | null> {
    const done = this.#last.catch(() => undefined).then(() => this.#write(make));
    this.#last = done;
    return done;
  }

  async #sure(): Promise<this> {
    if (this.#unsure) await this.append(() => null);
    return this;
  }

  /** Call it after deleting everything kept for the ledger: the next one to open starts empty. */
  close(): void {
    opened.delete(this.#store);
  }

  async #write<R extends BudgetRecord>(make: (ledger: Ledger) => R | null): Promise<R | null> {
    if (this.#unsure) this.#ledger = await openSignedLedger(await this.#store.read(), this.identity.id);
    this.#unsure = false;
    const record = make(this.#ledger);
    if (record === null) return null;
    const signed = await signRecord(this.identity, record);
    try {
      await this.#store.append(signed);
    } catch (error) {
      this.#unsure = true;
      throw error;
    }
    this.#ledger = extend(this.#ledger, signed);
    return signed;
  }
}
