/**
 * The running totals of a ledger, so that adding a record costs the same however long the ledger is: which accounts are merged, what each
 * has paid, and which reservations became updates. It only counts: it refuses nothing and stores nothing.
 */
import type { Agreement, BudgetRecord, Release, Reservation } from './budget-records.ts';
import type { PaidPhase } from '../rdp.ts';

type Bill = Map<string, PaidPhase>;

/** What a federation may have cost beyond what this ledger knows. */
export interface Held {
  readonly agreement: Agreement;
  /** Agreed rounds that some accounts, as far as is known, have not paid for. */
  readonly rounds: number;
}

/** A state that updates are made from, in one federation. */
export interface StateRef {
  readonly fed: string;
  readonly state: string;
  readonly stateRound: number;
}

export class Tally {
  /** Leads to the name that represents a merged account; a name that is absent represents itself. */
  readonly #parents = new Map<string, string>();
  readonly #bills = new Map<string, Bill>();
  /** Counted in from other ledgers, for every account. */
  readonly #everybody: Bill = new Map();
  /** The smallest delta that each account has agreed to. */
  readonly #deltas = new Map<string, number>();
  readonly #releases = new Map<number, Release>();
  /** Hashes of all updates that were paid for. */
  readonly #updates = new Set<string>();
  readonly #reservations = new Map<string, Reservation[]>();
  /** By federation: what was agreed to, until this device leaves. */
  readonly #agreements = new Map<string, Agreement>();
  /** By federation: the position of the last record that settles what it may have cost: known, or waived. */
  readonly #settled = new Map<string, number>();
  /** By federation, then by account as it was named: rounds that were paid for. */
  readonly #paid = new Map<string, Map<string, number>>();
  /** The position of the last record that proves this ledger was out of date; -1 if there is none. */
  #restored = -1;

  add(record: BudgetRecord): void {
    if (record.kind === 'reserve') {
      addTo(this.#billOf(record.account), record);
      this.#agree(this.root(record.account), record.delta);
      const key = stateKey(record);
      const there = this.#reservations.get(key);
      if (there === undefined) this.#reservations.set(key, [record]);
      else there.push(record);
      const paid = this.#paid.get(record.fed) ?? new Map<string, number>();
      this.#paid.set(record.fed, paid.set(record.account, (paid.get(record.account) ?? 0) + record.rounds));
    } else if (record.kind === 'release') {
      this.#releases.set(record.reservation, record);
      this.#updates.add(record.update);
    } else if (record.kind === 'merge') {
      for (const other of record.accounts.slice(1)) this.#merge(record.accounts[0]!, other);
    } else if (record.kind === 'witness') {
      addTo(this.#everybody, { ...record, rounds: record.updates.length });
      for (const update of record.updates) this.#updates.add(update);
      this.#restored = record.seq;
    } else if (record.kind === 'agree') {
      this.#agreements.set(record.fed, record);
    } else if (record.kind === 'settle') {
      if (record.why === 'left') this.#agreements.delete(record.fed);
      else this.#settled.set(record.fed, record.seq);
    } else {
      // A file of this very ledger had more than the ledger itself.
      if (record.from === record.by) this.#restored = record.seq;
      for (const item of record.items) addTo(item.account === null ? this.#everybody : this.#billOf(item.account), item);
    }
  }

  releaseOf(reservation: number): Release | undefined {
    return this.#releases.get(reservation);
  }

  hasUpdate(update: string): boolean {
    return this.#updates.has(update);
  }

  /** The name that represents an account and all accounts merged with it. */
  root(account: string): string {
    let root = account;
    for (let up = this.#parents.get(root); up !== undefined; up = this.#parents.get(root)) root = up;
    for (let at = account; at !== root;) {
      const up = this.#parents.get(at)!;
      this.#parents.set(at, root);
      at = up;
    }
    return root;
  }

  /** What these accounts and everything that was merged with them have paid, together, and what was counted in from other ledgers. */
  bill(accounts: readonly string[]): PaidPhase[] {
    const sum: Bill = new Map(this.#everybody);
    for (const root of new Set(accounts.map((account) => this.root(account)))) {
      for (const phase of this.#bills.get(root)?.values() ?? []) addTo(sum, phase);
    }
    for (const { agreement, rounds } of this.held(accounts)) addTo(sum, { ...agreement, rounds });
    return [...sum.values()].filter(({ rounds }) => rounds > 0);
  }

  /**
   * Federations whose records have not been read since this ledger turned out to be out of date. What these accounts may have paid there
   * and forgotten is bounded by what was agreed to.
   */
  held(accounts: readonly string[]): Held[] {
    const roots = new Set(accounts.map((account) => this.root(account)));
    return [...this.#agreements.values()].flatMap((agreement) => {
      const since = Math.max(agreement.seq, this.#settled.get(agreement.fed) ?? -1);
      if (this.#restored < since) return [];
      const paid = [...(this.#paid.get(agreement.fed) ?? [])].reduce((sum, [name, n]) => sum + (roots.has(this.root(name)) ? n : 0), 0);
      return [{ agreement, rounds: Math.max(0, agreement.rounds - paid) }];
    });
  }

  /** What was agreed to in a federation that this device has not left. */
  agreement(fed: string): Agreement | undefined {
    return this.#agreements.get(fed);
  }

  /** The smallest delta at which any of these accounts, or one merged with them, has paid; 1 when none has. */
  delta(accounts: readonly string[]): number {
    return accounts.reduce((least, account) => Math.min(least, this.#deltas.get(this.root(account)) ?? 1), 1);
  }

  /** Accounts that have paid for something, by their representing names. */
  accounts(): string[] {
    return [...this.#bills.keys()];
  }

  /** In order; of all accounts. */
  reservationsAt(at: StateRef): readonly Reservation[] {
    return this.#reservations.get(stateKey(at)) ?? [];
  }

  #billOf(account: string): Bill {
    const root = this.root(account);
    let bill = this.#bills.get(root);
    if (bill === undefined) this.#bills.set(root, (bill = new Map()));
    return bill;
  }

  #agree(root: string, delta: number): void {
    this.#deltas.set(root, Math.min(this.#deltas.get(root) ?? 1, delta));
  }

  #merge(into: string, other: string): void {
    const [to, from] = [this.root(into), this.root(other)];
    if (to === from) return;
    this.#parents.set(from, to);
    const paid = this.#bills.get(from);
    this.#bills.delete(from);
    this.#agree(to, this.#deltas.get(from) ?? 1);
    for (const phase of paid?.values() ?? []) addTo(this.#billOf(to), phase);
  }
}

function addTo(bill: Bill, { rate, sigma, rounds, coordinates, gridBits }: PaidPhase): void {
  const key = `${rate}/${sigma}/${coordinates}/${gridBits}`;
  const before = bill.get(key)?.rounds ?? 0;
  const grid = coordinates === undefined || gridBits === undefined ? {} : { coordinates, gridBits };
  bill.set(key, { rate, sigma, rounds: before + rounds, ...grid });
}

const stateKey = ({ fed, state, stateRound }: StateRef) => `${fed}/${state}/${stateRound}`;
