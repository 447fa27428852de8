/**
 * The budget ledger's records and their chain: each names the hash of the one before it and is signed by the ledger's own key, so that a
 * changed, dropped, moved or foreign record is found and named. Records from before there were signatures are accepted only at the
 * beginning: the first signature covers them through its hash. budget-tally.ts counts what is spent; budget.ts decides what may be spent.
 */
import * as z from 'zod/mini';
import { bodyHash, fromBase64Url, taggedBytes, toBase64Url, type Hash } from '../../codec.ts';
import { MeshError } from '../../errors.ts';
import { verifyBytes, type Identity, type PeerId } from '../../identity.ts';
import { recordBody, type BudgetRecord } from './budget-records.ts';
import { Tally } from './budget-tally.ts';

z.config({ jitless: true });

/** `prev` of record 0, and the head of an empty ledger. */
const GENESIS = bodyHash('budget', null);
/** How many signatures are checked at once. */
const VERIFIED_AT_ONCE = 64;

type RecordBody = z.infer<typeof recordBody>;
type Content<B> = B extends unknown ? Omit<B, 'seq' | 'prev'> : never;

export interface Ledger {
  readonly records: readonly BudgetRecord[];
}

/** The newest ledger of a chain owns the tally; an older value has to count again. */
const tallies = new WeakMap<Ledger, Tally>();

export function tallyOf(ledger: Ledger): Tally {
  let tally = tallies.get(ledger);
  if (tally === undefined) {
    tally = new Tally();
    for (const record of ledger.records) tally.add(record);
    tallies.set(ledger, tally);
  }
  return tally;
}

/** Verifies a chain, not its signatures. @throws MeshError conflict naming the first record that does not fit */
export function openLedger(records: readonly unknown[]): Ledger {
  const tally = new Tally();
  const checked: BudgetRecord[] = [];
  for (const record of records) {
    const next = checkNext(checked, tally, record);
    checked.push(next);
    tally.add(next);
  }
  const ledger = { records: checked };
  tallies.set(ledger, tally);
  return ledger;
}

/** The ledger with one more record, after the store has it. @throws MeshError conflict */
export function extend(ledger: Ledger, record: BudgetRecord): Ledger {
  const tally = tallyOf(ledger);
  const next = checkNext(ledger.records, tally, record);
  const extended = { records: [...ledger.records, next] };
  tallies.delete(ledger);
  tally.add(next);
  tallies.set(extended, tally);
  return extended;
}

/**
 * Verifies a chain and every signature.
 * @param by the key that must have signed; null accepts whatever key the ledger names
 * @throws MeshError conflict, signature-invalid naming the first record that does not fit
 */
export async function openSignedLedger(records: readonly unknown[], by: PeerId | null): Promise<Ledger> {
  const ledger = openLedger(records);
  const signed = ledger.records.filter((record) => record.by !== undefined);
  for (let at = 0; at < signed.length; at += VERIFIED_AT_ONCE) {
    const some = signed.slice(at, at + VERIFIED_AT_ONCE);
    const good = await Promise.all(some.map((record) => isSigned(record)));
    for (const [i, record] of some.entries()) {
      if (by !== null && record.by !== by) {
        throw new MeshError('conflict', { field: `budget.${record.seq}.by`, expected: `this ledger's key ${by}`, got: record.by! });
      }
      if (!good[i]) throw new MeshError('signature-invalid', { field: `budget.${record.seq}.sig` });
    }
  }
  return ledger;
}

/** The same record, signed. Records are signed in order: after a signed record, every record must be signed. */
export async function signRecord<R extends BudgetRecord>(identity: Identity, record: R): Promise<R> {
  const sig = await identity.sign(signedBytes(record.hash, identity.id));
  return { ...record, by: identity.id, sig: toBase64Url(sig) };
}

async function isSigned({ hash: id, by, sig }: BudgetRecord): Promise<boolean> {
  try {
    return await verifyBytes(by!, signedBytes(id, by!), fromBase64Url(sig!));
  } catch {
    return false; // no base64url
  }
}

const signedBytes = (id: Hash, by: PeerId) => taggedBytes('budget-record', { hash: id, by });

export function head(ledger: Ledger): Hash {
  return ledger.records.at(-1)?.hash ?? GENESIS;
}

/** The key that signs a ledger; null while nothing in it is signed. */
export function signerOf(ledger: Ledger): PeerId | null {
  return ledger.records.at(-1)?.by ?? null;
}

/** The next record of a ledger. */
export function seal(ledger: Ledger, content: Content<RecordBody>): BudgetRecord {
  const sealed = { ...content, seq: ledger.records.length, prev: head(ledger) } as RecordBody;
  return { ...sealed, hash: bodyHash('budget', sealed) };
}

function checkNext(records: readonly BudgetRecord[], tally: Tally, input: unknown): BudgetRecord {
  const seq = records.length;
  const conflict = (field: string, expected: string, got: unknown) =>
    new MeshError('conflict', { field: `budget.${seq}.${field}`, expected, got: String(got) });
  if (typeof input !== 'object' || input === null) throw conflict('record', 'a record', typeof input);
  const { hash: id, by, sig, ...content } = input as Record<string, unknown>;
  const parsed = z.safeParse(recordBody, content);
  if (!parsed.success) throw conflict(parsed.error.issues[0]!.path.join('.') || 'record', parsed.error.issues[0]!.message, 'another');
  const record = parsed.data;
  if (record.seq !== seq) throw conflict('seq', String(seq), record.seq);
  const last = records.at(-1);
  const prev = last?.hash ?? GENESIS;
  if (record.prev !== prev) throw conflict('prev', prev, record.prev);
  const own = bodyHash('budget', record);
  if (id !== own) throw conflict('hash', own, id);
  if (record.kind === 'release') {
    if (records[record.reservation]?.kind !== 'reserve') throw conflict('reservation', 'an earlier reservation', record.reservation);
    if (tally.releaseOf(record.reservation) !== undefined) throw conflict('reservation', 'one release', record.reservation);
  }
  if (record.kind === 'witness') {
    const again = record.updates.find((update, i) => tally.hasUpdate(update) || record.updates.indexOf(update) !== i);
    if (again !== undefined) throw conflict('updates', 'each update once', again);
  }
  if (by === undefined && sig === undefined) {
    if (last?.by !== undefined) throw conflict('sig', 'a signature', 'none');
    return { ...record, hash: own };
  }
  if (typeof by !== 'string' || by.length > 64) throw conflict('by', 'a key', typeof by);
  if (typeof sig !== 'string' || sig.length !== 86) throw conflict('sig', '64 bytes in base64url', typeof sig);
  if (last?.by !== undefined && last.by !== by) throw conflict('by', `the key before, ${last.by}`, by);
  return { ...record, hash: own, by: by as PeerId, sig };
}
