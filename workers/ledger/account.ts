/**
 * The bill of the loaded rows. Rows seen before, in any file or federation, bring their account; if they bring several, the bill is what
 * these paid together. Nothing is written before a payment is possible: then `claim` durably names the rows and merges the accounts.
 */
import { hashBytes, type Hash } from '#protocol/codec';
import type { Manifest } from '#protocol/manifest/manifest';
import {
  agree,
  agreedDelta,
  hasPaid,
  merge,
  paidBy,
  paidFor,
  paidIn,
  release,
  releasedUpdate,
  reserve,
  rootsOf,
  saltedHead,
  settle,
} from '#protocol/privacy/ledger/budget';
import type { PaidPhase } from '#protocol/privacy/rdp';
import { mechanismOf, promiseOf, type Promised, type Standing } from '#protocol/privacy/ledger/promise';
import { billedEpsilon, curveTermsOf, roundsWithin, type CurveTerms, type RoundCurve } from '#protocol/privacy/round-curve';
import type { Result, RowsAccount } from '../api.ts';
import { LedgerBook, type LedgerDeps } from './ledger-book.ts';
import { findAccounts, newAccount } from './row-accounts.ts';
import { unwrap } from '../answered.ts';
import type { RowIds, RowScope } from './row-ids.ts';
import type { Storage } from '#protocol/driver/ports';

/** The thread that holds the rows: see rows/trainer-endpoint.ts. */
interface NamesRows {
  name(key: CryptoKey, scope: RowScope): Promise<Result<RowIds>>;
}

export interface MadeUpdate {
  readonly state: Hash;
  readonly stateRound: number;
  readonly vector: Uint8Array;
  readonly ledger: Hash;
}

/** The cell of the last update made; the round core does not read it. */
export const MADE = 'made';

/** Whether this device made an update here under its current key: forgetting deletes both. */
export async function hasMade({ cells }: Storage): Promise<boolean> {
  return (await cells.read()).has(MADE);
}

export class Account {
  readonly #book: LedgerBook;
  /** Accounts that `claim` merges; the first one pays. */
  #names: readonly string[];
  /** Names of rows that `claim` has to write. */
  #fresh: Uint8Array | null;
  /** The loss distribution's answer for this bill's rounds. Until it is known, or if it does not count, Renyi alone decides. */
  #curve: RoundCurve | null = null;
  /** Rounds that enter the ledger once this person agrees. */
  #foreseen: readonly PaidPhase[] = [];
  /** What loading the rows revealed. */
  readonly found: RowsAccount;

  private constructor(book: LedgerBook, names: readonly string[], fresh: Uint8Array | null, found: RowsAccount) {
    this.#book = book;
    this.#names = names;
    this.#fresh = fresh;
    this.found = found;
  }

  /** The account of previously claimed rows. @throws MeshError as LedgerBook.open */
  static async open(deps: LedgerDeps, name: string): Promise<Account> {
    return new Account(await LedgerBook.open(deps), [name], null, { known: 0, accounts: 1, others: false });
  }

  /**
   * The account of rows that were just loaded.
   * @param ids their names, by the key of this platform's ledger
   * @param digest of all rows, which named accounts before rows had names
   * @param scope others: the person says that these rows are other people's, whatever was seen before
   */
  static async ofRows(deps: LedgerDeps, ids: RowIds, digest: Hash, scope: RowScope): Promise<Account> {
    const book = await LedgerBook.open(deps);
    const { accounts, known, fresh } = await findAccounts(book.keys.rows, ids);
    const older = scope === 'own' && hasPaid(book.ledger, digest) ? [digest] : [];
    const names = rootsOf(book.ledger, [...accounts, ...older]);
    const found = { known: older.length > 0 ? ids.rows : known, accounts: names.length, others: scope === 'others' };
    return new Account(book, names.length > 0 ? names : [newAccount()], fresh, found);
  }

  /** The account of the rows that the trainer loaded; the trainer names them. */
  static async ofLoaded(deps: LedgerDeps & { readonly trainer: NamesRows }, digest: Hash, scope: RowScope): Promise<Account> {
    const ids = unwrap(await deps.trainer.name(await deps.ledger.rowKey(), scope));
    return Account.ofRows(deps, ids, digest, scope);
  }

  get name(): string {
    return this.#names[0]!;
  }

  /** Assigns the rows to this account and merges its accounts. Call it before the first payment. */
  async claim(): Promise<void> {
    while ((await this.#book.append((ledger) => merge(ledger, this.#names))) !== null);
    this.#names = rootsOf(this.#book.ledger, this.#names);
    if (this.#fresh !== null && this.#fresh.length > 0) await this.#book.keys.rows.add({ account: this.name, ids: this.#fresh });
    this.#fresh = null;
  }

  /** The question to the loss distribution for a federation's rounds; null if its answer would not count or was already asked for. */
  curveTerms(manifest: Manifest): CurveTerms | null {
    const { privacy } = manifest.body;
    const next = { ...mechanismOf(manifest.body), rounds: privacy.rounds };
    const terms = curveTermsOf(this.#bill(), next, this.#delta(privacy.delta), privacy.epsilon);
    const same = (Object.keys(terms ?? {}) as (keyof CurveTerms)[]).every((name) => this.#curve?.[name] === terms![name]);
    return same ? null : terms;
  }

  /** Makes the curve count. It never lowers a bill that it does not cover. */
  countBy(curve: RoundCurve): void {
    this.#curve = curve;
  }

  /** At `delta`, or at a smaller delta that these rows agreed to before. */
  spent(delta: number): number {
    return billedEpsilon(this.#bill(), this.#delta(delta), this.#curve);
  }

  /** What a federation's terms amount to for these rows. */
  promise({ body }: Manifest, epsilon: number, at: Pick<Standing, 'models' | 'others'>): Promised {
    return promiseOf(body, { ...at, epsilon, bill: this.#bill(), delta: this.#delta(body.privacy.delta), curve: this.#curve });
  }

  /** Whether `epsilon` pays for one more round, if the federation has one. */
  affords({ body }: Manifest, epsilon: number): boolean {
    const next = mechanismOf(body);
    return roundsWithin(epsilon, this.#delta(body.privacy.delta), { bill: this.#bill(), next, curve: this.#curve, roundsMax: 1 }) > 0;
  }

  #bill() {
    return [...paidBy(this.#book.ledger, ...this.#names), ...this.#foreseen];
  }

  /** Counts rounds that are not written yet. */
  foresee(phases: readonly PaidPhase[]): void {
    this.#foreseen = phases;
  }

  /** Records the terms agreed to in a federation, before its first payment; `leave` ends it. */
  async agree(manifest: Manifest, epsilon: number): Promise<void> {
    const { name: title, privacy } = manifest.body;
    const next = mechanismOf(manifest.body);
    const more = { bill: this.#bill(), next, curve: this.#curve, roundsMax: privacy.rounds };
    const rounds = paidIn(this.#book.ledger, manifest.id, this.name) + roundsWithin(epsilon, this.#delta(privacy.delta), more);
    const terms = { account: this.name, fed: manifest.id, title, epsilon, ...next, rounds };
    await this.#book.append((ledger) => agree(ledger, terms));
  }

  async leave(fed: Hash): Promise<void> {
    await this.#book.append((ledger) => settle(ledger, fed, 'left'));
  }

  #delta(delta: number): number {
    return agreedDelta(this.#book.ledger, delta, ...this.#names);
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
    const { unit, clip, delta } = manifest.body.privacy;
    const request = { account: this.name, fed: manifest.id, state, stateRound, unit, clip, delta, ...mechanismOf(manifest.body) };
    const reservation = await this.#book.append((ledger) => reserve(ledger, request, epsilon, this.#curve));
    const { vector } = await compute();
    const salt = crypto.getRandomValues(new Uint8Array(32));
    const made = { state, stateRound, vector, ledger: saltedHead(this.#book.ledger, salt) };
    await keep(made);
    await this.#book.append((ledger) => release(ledger, reservation, hashBytes(vector)));
    return made;
  }

  /** Records the release after a crash between an update and its release: the update will be sent. */
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
