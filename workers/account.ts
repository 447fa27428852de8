/**
 * The bill of the rows that are loaded. Rows that were seen before bring the account that they belonged to, in whatever file or federation;
 * where they bring several, the bill is what all of these paid, together. Nothing is written before the first payment may come:
 * `claim` then names the rows and joins the accounts, durably.
 */
import { hashBytes, type Hash } from '#protocol/codec';
import { networkOf, type Manifest } from '#protocol/manifest';
import { hasPaid, merge, paidFor, phasesOf, release, releasedUpdate, reserve, rootsOf, saltedHead } from '#protocol/privacy/budget';
import { roundsFor } from '#protocol/privacy/calibration';
import { epsilonOf } from '#protocol/privacy/rdp';
import type { RowsAccount } from './api.ts';
import { LedgerBook, type Books } from './ledger-book.ts';
import { findAccounts, newAccount } from './row-accounts.ts';
import { rowIdsOf, type RowMarks, type RowScope } from './row-ids.ts';

export interface MadeUpdate {
  readonly state: Hash;
  readonly stateRound: number;
  readonly vector: Uint8Array;
  readonly ledger: Hash;
}

export class Account {
  readonly #book: LedgerBook;
  /** Names that are one account from the claim on; the first one pays. */
  #names: readonly string[];
  /** Names of rows that the claim has to write. */
  #fresh: Uint8Array | null;
  /** What loading the rows told. */
  readonly found: RowsAccount;

  private constructor(book: LedgerBook, names: readonly string[], fresh: Uint8Array | null, found: RowsAccount) {
    this.#book = book;
    this.#names = names;
    this.#fresh = fresh;
    this.found = found;
  }

  /** The account of rows that were claimed before. @throws MeshError as LedgerBook.open */
  static async open(books: Books, name: string): Promise<Account> {
    return new Account(await LedgerBook.open(books), [name], null, { known: 0, accounts: 1, others: false });
  }

  /**
   * The account of rows that were just loaded.
   * @param digest of all rows: what accounts were named by before rows had names of their own
   * @param scope others: the person says that these rows are other people's, whatever was seen before
   */
  static async ofRows(books: Books, marks: RowMarks, digest: Hash, scope: RowScope): Promise<Account> {
    const book = await LedgerBook.open(books);
    const ids = await rowIdsOf(await book.keep.rowKey(), scope, marks);
    const { accounts, known, fresh } = await findAccounts(book.keep.rows, ids);
    const older = scope === 'own' && hasPaid(book.ledger, digest) ? [digest] : [];
    const names = rootsOf(book.ledger, [...accounts, ...older]);
    const found = { known: older.length > 0 ? marks.rows : known, accounts: names.length, others: scope === 'others' };
    return new Account(book, names.length > 0 ? names : [newAccount()], fresh, found);
  }

  get name(): string {
    return this.#names[0]!;
  }

  /** From here on these rows are this account, and what were several accounts are one. Before the first payment. */
  async claim(): Promise<void> {
    while ((await this.#book.append((ledger) => merge(ledger, this.#names))) !== null);
    this.#names = rootsOf(this.#book.ledger, this.#names);
    if (this.#fresh !== null && this.#fresh.length > 0) await this.#book.keep.rows.add({ account: this.name, ids: this.#fresh });
    this.#fresh = null;
  }

  spent(delta: number): number {
    return epsilonOf(phasesOf(this.#book.ledger, ...this.#names), delta).epsilon;
  }

  /** Rounds that `epsilon` still buys, at most the manifest's T. */
  roundsLeft(manifest: Manifest, epsilon: number): number {
    const { delta, rate, sigma, rounds } = manifest.body.privacy;
    const phases = phasesOf(this.#book.ledger, ...this.#names);
    return Math.min(rounds, roundsFor({ epsilon, delta, rate, sigma, spent: phases }));
  }

  /** @throws MeshError budget-spent before anything is computed */
  async pay(
    manifest: Manifest,
    state: Hash,
    stateRound: number,
    epsilon: number,
    compute: () => Promise<Omit<MadeUpdate, 'ledger' | 'state' | 'stateRound'>>,
    keep: (made: MadeUpdate) => Promise<void>,
  ): Promise<MadeUpdate> {
    const { unit, rate, sigma, clip, delta, gridBits } = manifest.body.privacy;
    const coordinates = networkOf(manifest.body).parameterCount;
    const terms = { unit, rate, sigma, clip, delta, coordinates, gridBits };
    const request = { account: this.name, fed: manifest.id, state, stateRound, ...terms };
    const reservation = await this.#book.append((ledger) => reserve(ledger, request, epsilon));
    const { vector } = await compute();
    const salt = crypto.getRandomValues(new Uint8Array(32));
    const made = { state, stateRound, vector, ledger: saltedHead(this.#book.ledger, salt) };
    await keep(made);
    await this.#book.append((ledger) => release(ledger, reservation, hashBytes(vector)));
    return made;
  }

  /** A crash came between the update and its release: it will be sent, so the ledger says it. */
  async settle(manifest: Manifest, made: Pick<MadeUpdate, 'state' | 'stateRound' | 'vector'>): Promise<void> {
    const { state, stateRound, vector } = made;
    const at = { account: this.name, fed: manifest.id, state, stateRound };
    await this.#book.append((ledger) => {
      if (releasedUpdate(ledger, at) !== null) return null;
      const paid = paidFor(ledger, at).at(-1);
      return paid === undefined ? null : release(ledger, paid, hashBytes(vector));
    });
  }
}
