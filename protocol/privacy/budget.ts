/**
 * The budget ledger: a chain of records in which every round is paid for before anything of it is computed.
 * Write-ahead: `reserve` makes a record, a BudgetStore makes it durable, only then a lot is drawn. A reservation is never
 * given back, not by a crash, a reload or a refusal, since whoever asks cannot prove that nothing left. It holds no size of a
 * lot: an empty one costs the same.
 * The chain shows accidents and edits of single records; it does not stop an owner who deletes or rewrites all of it. For that
 * there are salted heads in updates, which peers have seen.
 */
import * as z from 'zod/mini';
import { bodyHash, type Hash } from '../codec.ts';
import { MeshError } from '../errors.ts';
import { epsilonOf, type Phase } from './rdp.ts';
import { MECHANISM, RELATION } from './statement.ts';

z.config({ jitless: true });

/** `prev` of record 0, and the head of an empty ledger. */
const GENESIS = bodyHash('budget', null);
const SALT_BYTES = 32;

const hash = z.string().check(z.length(43), z.regex(/^[\w-]+$/));
const count = z.int().check(z.gte(0));
const link = { seq: count, prev: hash };

const terms = {
  /** Whose budget: one account for one set of rows, in whatever federation they are used. */
  account: z.string().check(z.minLength(1), z.maxLength(256)),
  fed: hash,
  /** The model state that the round trains on, and the round that made it. */
  state: hash,
  stateRound: count,
  unit: z.enum(['example', 'group']),
  rate: z.number().check(z.gte(0), z.lte(1)),
  sigma: z.number().check(z.gte(0)),
  clip: z.number().check(z.gt(0)),
  delta: z.number().check(z.gt(0), z.lt(1)),
};
const request = z.strictObject(terms);
const reserveBody = z.strictObject({
  kind: z.literal('reserve'),
  ...link,
  ...terms,
  mechanism: z.literal(MECHANISM),
  relation: z.literal(RELATION),
  rounds: z.literal(1),
});
const releaseBody = z.strictObject({
  kind: z.literal('release'),
  ...link,
  /** `seq` of the reservation that paid. */
  reservation: count,
  /** SHA-256 of the vector. */
  update: hash,
});
const body = z.discriminatedUnion('kind', [reserveBody, releaseBody]);

export type BudgetRequest = z.infer<typeof request>;
export type Reservation = z.infer<typeof reserveBody> & { readonly hash: Hash };
export type Release = z.infer<typeof releaseBody> & { readonly hash: Hash };
/** Plain JSON data; `hash` is the id of all other fields. */
export type BudgetRecord = Reservation | Release;

export interface Ledger {
  readonly records: readonly BudgetRecord[];
}

/** Where records are kept. One acceptance suite, workers/budget-store-suite.ts, for every implementation. */
export interface BudgetStore {
  /** In order of `seq`. Not checked: pass them to `openLedger`. */
  read(): Promise<readonly unknown[]>;
  /** Resolves once the record is durable. @throws MeshError conflict when it is not the next one, storage-denied */
  append(record: BudgetRecord): Promise<void>;
}

/** Verifies a chain. @throws MeshError conflict naming the first record that does not fit */
export function openLedger(records: readonly unknown[]): Ledger {
  const checked: BudgetRecord[] = [];
  for (const record of records) checked.push(checkNext(checked, record));
  return { records: checked };
}

/** The ledger with one more record, after the store has it. @throws MeshError conflict */
export function extend(ledger: Ledger, record: BudgetRecord): Ledger {
  return { records: [...ledger.records, checkNext(ledger.records, record)] };
}

/** What an account has paid for, for the accountant. */
export function phasesOf(ledger: Ledger, account: string): Phase[] {
  return ledger.records
    .filter((record) => record.kind === 'reserve' && record.account === account)
    .map((record) => record as Reservation)
    .map(({ rate, sigma, rounds }) => ({ rate, sigma, rounds }));
}

/** Epsilon of everything an account has ever reserved, in all federations, at `delta`. */
export function spent(ledger: Ledger, account: string, delta: number): number {
  return epsilonOf(phasesOf(ledger, account), delta).epsilon;
}

/**
 * The record that pays for one round. Persist it before anything is computed.
 * Reserving again for a state whose update never got released charges again: the first sample may have left the device in a way
 * that no record shows. A state whose update was released is refused: those bytes are sent again instead.
 * @param budgetEpsilon what the owner of the rows allows this account, at the request's delta
 * @throws MeshError budget-spent {expected, got}, duplicate, field-invalid
 */
export function reserve(ledger: Ledger, input: BudgetRequest, budgetEpsilon: number): Reservation {
  const parsed = z.safeParse(request, input);
  if (!parsed.success) {
    const issue = parsed.error.issues[0]!;
    throw new MeshError('field-invalid', { field: issue.path.join('.') || 'request', expected: issue.message });
  }
  const asked = parsed.data;
  const done = releasedUpdate(ledger, asked);
  if (done !== null) throw new MeshError('duplicate', { field: 'state', expected: 'the released update to be sent again', got: done });
  const { rate, sigma, delta } = asked;
  const { epsilon } = epsilonOf([...phasesOf(ledger, asked.account), { rate, sigma, rounds: 1 }], delta);
  if (!(epsilon <= budgetEpsilon)) {
    throw new MeshError('budget-spent', { field: 'epsilon', expected: `at most ${budgetEpsilon}`, got: String(epsilon) });
  }
  return seal({ kind: 'reserve', ...nextLink(ledger), ...asked, mechanism: MECHANISM, relation: RELATION, rounds: 1 }) as Reservation;
}

/** The record that a reservation's update exists, to persist before the update is sent. @throws MeshError not-found, duplicate */
export function release(ledger: Ledger, reservation: Reservation, update: Hash): Release {
  const record = seal({ kind: 'release', ...nextLink(ledger), reservation: reservation.seq, update }) as Release;
  if (ledger.records[reservation.seq]?.hash !== reservation.hash) {
    throw new MeshError('not-found', { field: 'reservation', expected: 'a record of this ledger', got: String(reservation.seq) });
  }
  if (releaseOf(ledger.records, reservation.seq) !== undefined) {
    throw new MeshError('duplicate', { field: 'reservation', expected: 'one update a reservation', got: String(reservation.seq) });
  }
  return record;
}

/** Hash of the update that an account released for a state, or null: after a reload, what to send again. */
export function releasedUpdate(ledger: Ledger, at: Pick<BudgetRequest, 'account' | 'fed' | 'state' | 'stateRound'>): Hash | null {
  for (const record of ledger.records) {
    if (record.kind !== 'reserve' || record.account !== at.account || record.fed !== at.fed) continue;
    if (record.state !== at.state || record.stateRound !== at.stateRound) continue;
    const released = releaseOf(ledger.records, record.seq);
    if (released !== undefined) return released.update as Hash;
  }
  return null;
}

export function head(ledger: Ledger): Hash {
  return ledger.records.at(-1)?.hash ?? GENESIS;
}

/**
 * The head as peers see it, in the envelope of an update: with a fresh salt nobody can link two federations by equal heads, and
 * whoever keeps the salt can prove later which ledger it was.
 * @param salt 32 random bytes
 */
export function saltedHead(ledger: Ledger, salt: Uint8Array): Hash {
  if (salt.length !== SALT_BYTES) {
    throw new MeshError('wrong-length', { field: 'salt', expected: `${SALT_BYTES} bytes`, got: String(salt.length) });
  }
  return bodyHash('budget-head', { head: head(ledger), salt });
}

function nextLink(ledger: Ledger): { seq: number; prev: Hash } {
  return { seq: ledger.records.length, prev: head(ledger) };
}

function seal(content: z.infer<typeof body>): BudgetRecord {
  return { ...content, hash: bodyHash('budget', content) };
}

function releaseOf(records: readonly BudgetRecord[], reservation: number): Release | undefined {
  // A release comes after its reservation, usually right after: a search from there keeps opening a long ledger linear.
  for (let seq = reservation + 1; seq < records.length; seq++) {
    const record = records[seq]!;
    if (record.kind === 'release' && record.reservation === reservation) return record;
  }
  return undefined;
}

function checkNext(records: readonly BudgetRecord[], input: unknown): BudgetRecord {
  const seq = records.length;
  const conflict = (field: string, expected: string, got: unknown) =>
    new MeshError('conflict', { field: `budget.${seq}.${field}`, expected, got: String(got) });
  if (typeof input !== 'object' || input === null) throw conflict('record', 'a record', typeof input);
  const { hash: id, ...content } = input as Record<string, unknown>;
  const parsed = z.safeParse(body, content);
  if (!parsed.success) throw conflict(parsed.error.issues[0]!.path.join('.') || 'record', parsed.error.issues[0]!.message, 'another');
  const record = parsed.data;
  if (record.seq !== seq) throw conflict('seq', String(seq), record.seq);
  const prev = head({ records });
  if (record.prev !== prev) throw conflict('prev', prev, record.prev);
  const own = bodyHash('budget', record);
  if (id !== own) throw conflict('hash', own, id);
  if (record.kind === 'release') {
    if (records[record.reservation]?.kind !== 'reserve') throw conflict('reservation', 'an earlier reservation', record.reservation);
    if (releaseOf(records, record.reservation) !== undefined) throw conflict('reservation', 'one release', record.reservation);
  }
  return { ...record, hash: own };
}
