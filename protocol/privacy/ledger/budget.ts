/**
 * The budget ledger: a chain of records in which every round is paid for before anything of it is computed. Write-ahead: `reserve` makes a
 * record, a BudgetStore makes it durable, only then a lot is drawn. A reservation is never refunded, not after a crash, a reload or a
 * refusal, because nobody can prove that nothing left. It does not record the lot's size: an empty lot costs the same. Records have no
 * time, so that no clock decides anything. The chain reveals accidents and edits of single records. It does not stop an owner from deleting
 * all of it; the salted heads in updates, which peers have seen, are there for that.
 */
import * as z from 'zod/mini';
import { bodyHash, type Hash } from '../../codec.ts';
import { MeshError } from '../../errors.ts';
import { LEDGER_ACCOUNTS_PER_RECORD_MAX, LEDGER_ITEMS_PER_RECORD_MAX } from '../../limits.ts';
import { head, seal, tallyOf, type Ledger } from './budget-chain.ts';
import {
  requestShape,
  type Agreement,
  type BudgetRecord,
  type BudgetRequest,
  type Merge,
  type Release,
  type Reservation,
  type Settlement,
  type Witness,
} from './budget-records.ts';
import type { Held } from './budget-tally.ts';
import type { PaidPhase } from '../rdp.ts';
import type { UpdateBody } from '../../round/messages.ts';
import { billedEpsilon, type RoundCurve } from '../round-curve.ts';
import { MECHANISM, ADJACENCY } from './statement.ts';

export { extend, head, openLedger, openSignedLedger, signRecord } from './budget-chain.ts';
export type { Ledger } from './budget-chain.ts';
export type { Agreement, BudgetRecord, BudgetRequest, Release, Reservation } from './budget-records.ts';

const SALT_BYTES = 32;

/** Where records are kept. One acceptance suite, workers/ledger/budget-store-suite.ts, for every implementation. */
export interface BudgetStore {
  /** In order of `seq`. Not checked: pass them to `openSignedLedger`. */
  read(): Promise<readonly unknown[]>;
  /** Resolves once the record is durable. @throws MeshError conflict if it is not the next one, storage-denied */
  append(record: BudgetRecord): Promise<void>;
}

/** What these accounts have paid together, including what was counted in from other ledgers. */
export function paidBy(ledger: Ledger, ...accounts: readonly string[]): PaidPhase[] {
  return tallyOf(ledger).bill(accounts);
}

/**
 * Epsilon of everything that an account has ever reserved, in all federations, at `delta`.
 * @param curve the loss distribution's answer, if there is one already
 */
export function spent(ledger: Ledger, account: string, delta: number, curve: RoundCurve | null = null): number {
  return billedEpsilon(paidBy(ledger, account), delta, curve);
}

/**
 * The delta that applies to these accounts: the federation's, or a smaller one they agreed to before. A limit promises both numbers, and
 * the founder of the next federation must not be able to widen one of them for rounds already paid.
 */
export function agreedDelta(ledger: Ledger, delta: number, ...accounts: readonly string[]): number {
  return Math.min(delta, tallyOf(ledger).delta(accounts));
}

/** True if the account, or any account merged with it, has paid for anything. */
export function hasPaid(ledger: Ledger, account: string): boolean {
  const tally = tallyOf(ledger);
  return tally.accounts().includes(tally.root(account));
}

/** The names that represent these accounts; merged accounts share one. In the order given, each once. */
export function rootsOf(ledger: Ledger, accounts: readonly string[]): string[] {
  return [...new Set(accounts.map((account) => tallyOf(ledger).root(account)))];
}

/**
 * The record that merges accounts because the same rows were found in all of them; null if they are merged already. If there are more
 * accounts than fit into a record, it takes the first ones: call it again.
 */
export function merge(ledger: Ledger, accounts: readonly string[]): Merge | null {
  const roots = rootsOf(ledger, accounts);
  if (roots.length < 2) return null;
  return seal(ledger, { kind: 'merge', accounts: roots.slice(0, LEDGER_ACCOUNTS_PER_RECORD_MAX) }) as Merge;
}

/**
 * The record that pays for one round. Persist it before anything is computed. Reserving again for a state whose update was never released
 * charges again: the first sample may have left the device without leaving a record. A state whose update was released is refused: send
 * those bytes again instead.
 * @param budgetEpsilon what the owner of the rows allows this account, at the request's delta or a smaller earlier one (agreedDelta)
 * @param curve as in `spent`, so that what decides is what is shown
 * @throws MeshError budget-spent {expected, got}, duplicate, field-invalid
 */
export function reserve(ledger: Ledger, input: BudgetRequest, budgetEpsilon: number, curve: RoundCurve | null = null): Reservation {
  const parsed = z.safeParse(requestShape, input);
  if (!parsed.success) {
    const issue = parsed.error.issues[0]!;
    throw new MeshError('field-invalid', { field: issue.path.join('.') || 'request', expected: issue.message });
  }
  const asked = parsed.data;
  const done = releasedUpdate(ledger, asked);
  if (done !== null) throw new MeshError('duplicate', { field: 'state', expected: 'the released update to be sent again', got: done });
  const { rate, sigma, coordinates, gridBits } = asked;
  const delta = agreedDelta(ledger, asked.delta, asked.account);
  const next = { rate, sigma, coordinates, gridBits, rounds: 1 };
  const epsilon = billedEpsilon([...paidBy(ledger, asked.account), next], delta, curve);
  if (!(epsilon <= budgetEpsilon)) {
    throw new MeshError('budget-spent', { field: 'epsilon', expected: `at most ${budgetEpsilon}`, got: String(epsilon) });
  }
  return seal(ledger, { kind: 'reserve', ...asked, mechanism: MECHANISM, relation: ADJACENCY, rounds: 1 }) as Reservation;
}

/**
 * The record that counts updates which others have seen and this ledger does not know, because it was restored from an older copy or used
 * in two places. Nobody can tell any more whose rows they were made from, so they count for every account.
 * @param mechanism that the federation's rounds run
 * @returns null if all are known; if there are more than fit into a record, it takes the first ones: call it again
 */
export function witness(
  ledger: Ledger,
  fed: Hash,
  { rate, sigma, coordinates, gridBits }: Omit<PaidPhase, 'rounds'>,
  updates: readonly Hash[],
): Witness | null {
  const unknown = [...new Set(updates)].filter((update) => !isPaidFor(ledger, update)).slice(0, LEDGER_ITEMS_PER_RECORD_MAX);
  const grid = coordinates === undefined || gridBits === undefined ? {} : { coordinates, gridBits };
  return unknown.length === 0 ? null : (seal(ledger, { kind: 'witness', fed, rate, sigma, ...grid, updates: unknown }) as Witness);
}

/** The record of what was agreed to in a federation; null if the same was agreed to already. */
export function agree(ledger: Ledger, terms: Omit<Agreement, 'kind' | 'seq' | 'prev' | 'hash' | 'by' | 'sig'>): Agreement | null {
  const before = tallyOf(ledger).agreement(terms.fed);
  const same = before !== undefined && (Object.keys(terms) as (keyof typeof terms)[]).every((key) => before[key] === terms[key]);
  return same ? null : (seal(ledger, { kind: 'agree', ...terms }) as Agreement);
}

/** The record that settles what a federation may have cost; null if nothing was agreed to there or nothing is held. */
export function settle(ledger: Ledger, fed: Hash, why: Settlement['why']): Settlement | null {
  const tally = tallyOf(ledger);
  const open = why === 'left' ? tally.agreement(fed) !== undefined : heldBy(ledger).some(({ agreement }) => agreement.fed === fed);
  return open ? (seal(ledger, { kind: 'settle', fed, why }) as Settlement) : null;
}

/** Federations that count with everything agreed to there, because this ledger was restored and their records have not been read yet. */
export function heldBy(ledger: Ledger, ...accounts: readonly string[]): Held[] {
  return tallyOf(ledger).held(accounts);
}

/** Rounds that an account has paid for in a federation. */
export function paidIn(ledger: Ledger, fed: Hash, account: string): number {
  const root = tallyOf(ledger).root(account);
  return ledger.records.filter((r) => r.kind === 'reserve' && r.fed === fed && tallyOf(ledger).root(r.account) === root).length;
}

/** How an update is recognised: by its epoch, attempt and vector. Never by its signature, because one signer can sign a body many times. */
export function updateKey({ epoch, attempt, vector }: Pick<UpdateBody, 'epoch' | 'attempt' | 'vector'>): Hash {
  return epoch === 0 && attempt === 0 ? vector : bodyHash('update-key', { epoch, attempt, vector });
}

/** Whether this ledger knows an update. */
export function isPaidFor(ledger: Ledger, update: Hash): boolean {
  return tallyOf(ledger).hasUpdate(update);
}

/** The record that a reservation's update exists, to persist before the update is sent. @throws MeshError not-found, duplicate */
export function release(ledger: Ledger, reservation: Reservation, update: Hash): Release {
  const record = seal(ledger, { kind: 'release', reservation: reservation.seq, update }) as Release;
  if (ledger.records[reservation.seq]?.hash !== reservation.hash) {
    throw new MeshError('not-found', { field: 'reservation', expected: 'a record of this ledger', got: String(reservation.seq) });
  }
  if (tallyOf(ledger).releaseOf(reservation.seq) !== undefined) {
    throw new MeshError('duplicate', { field: 'reservation', expected: 'one update a reservation', got: String(reservation.seq) });
  }
  return record;
}

type PaidAt = Pick<BudgetRequest, 'account' | 'fed' | 'state' | 'stateRound'>;

/** Hash of the update that an account released for a state, or null: after a reload, what to send again. */
export function releasedUpdate(ledger: Ledger, at: PaidAt): Hash | null {
  for (const { seq } of paidFor(ledger, at)) {
    const released = tallyOf(ledger).releaseOf(seq);
    if (released !== undefined) return released.update as Hash;
  }
  return null;
}

/** Reservations of an account for a state, in order. */
export function paidFor(ledger: Ledger, at: PaidAt): Reservation[] {
  const tally = tallyOf(ledger);
  const root = tally.root(at.account);
  return tally.reservationsAt(at).filter(({ account }) => tally.root(account) === root);
}

/**
 * The head as peers see it, in an update's envelope. A fresh salt keeps anybody from linking two federations by equal heads, and whoever
 * keeps the salt can later prove which ledger it was.
 * @param salt 32 random bytes
 */
export function saltedHead(ledger: Ledger, salt: Uint8Array): Hash {
  if (salt.length !== SALT_BYTES) {
    throw new MeshError('wrong-length', { field: 'salt', expected: `${SALT_BYTES} bytes`, got: String(salt.length) });
  }
  return bodyHash('budget-head', { head: head(ledger), salt });
}
