/**
 * A budget ledger as a portable file: JSON, every record with its signature, and one signature over the whole. Loading it only ever adds to
 * what is counted. It holds no rows, only what was paid for them. It does not say which rows a ledger from another origin or browser meant,
 * so what that ledger paid counts for every account here.
 */
import * as z from 'zod/mini';
import { fromBase64Url, taggedBytes, toBase64Url, type Hash } from '../../codec.ts';
import { MeshError } from '../../errors.ts';
import { parsePeerId, verifyBytes, type Identity, type PeerId } from '../../identity.ts';
import { LEDGER_FILE_BYTES_MAX, LEDGER_ITEMS_PER_RECORD_MAX } from '../../limits.ts';
import { head, openSignedLedger, seal, signerOf, type Ledger } from './budget-chain.ts';
import type { BudgetRecord, Import } from './budget-records.ts';

z.config({ jitless: true });

const FORMAT = 'sovereign-mesh-ledger';
const fileShape = z.strictObject({
  format: z.literal(FORMAT),
  version: z.literal(1),
  by: z.string(),
  head: z.string(),
  records: z.array(z.unknown()),
  sig: z.string(),
});

export interface LedgerFile {
  readonly by: PeerId;
  readonly ledger: Ledger;
}

/** @returns the file's text */
export async function writeLedgerFile(identity: Identity, ledger: Ledger): Promise<string> {
  const { id: by } = identity;
  const sig = toBase64Url(await identity.sign(signedBytes(by, head(ledger), ledger.records.length)));
  return `${JSON.stringify({ format: FORMAT, version: 1, by, head: head(ledger), records: ledger.records, sig })}\n`;
}

/**
 * A ledger file, its chain and all of its signatures verified.
 * @throws MeshError file-too-large, field-invalid if it is not such a file, conflict and signature-invalid naming the first record that
 * does not fit
 */
export async function readLedgerFile(text: string): Promise<LedgerFile> {
  if (text.length > LEDGER_FILE_BYTES_MAX) {
    throw new MeshError('file-too-large', {
      field: 'ledger',
      expected: `at most ${LEDGER_FILE_BYTES_MAX} bytes`,
      got: String(text.length),
    });
  }
  const file = shapeOf(text);
  const by = parsePeerId(file.by, 'ledger.by');
  const ledger = await openSignedLedger(file.records, by);
  if (file.head !== head(ledger)) throw new MeshError('conflict', { field: 'ledger.head', expected: head(ledger), got: file.head });
  if (!(await isSigned(by, ledger, file.sig))) throw new MeshError('signature-invalid', { field: 'ledger.sig' });
  return { by, ledger };
}

/** What a ledger file adds to a ledger. */
export interface Addition {
  /** Accounts that it knows to be merged. Merge them first: after a crash in between, loading the file again does the rest. */
  readonly merges: readonly (readonly string[])[];
  /** What it paid and is not counted here yet; null if nothing. */
  readonly record: Import | null;
}

/**
 * @param own the key of this ledger
 * @param mine whether the owner says that a ledger with another key is theirs too
 * @throws MeshError conflict for somebody else's ledger, stale for an older file of a ledger that is already counted further, out-of-bound
 */
export function additionOf(ledger: Ledger, own: PeerId, { by, ledger: other }: LedgerFile, mine: boolean): Addition {
  if (by !== own && !mine) {
    throw new MeshError('conflict', { field: 'ledger.by', expected: `this ledger's key ${own}, or another ledger of mine`, got: by });
  }
  const rest = other.records.slice(firstNew(ledger, by, other));
  const items = itemsOf(rest, own, by === own);
  // This ledger's own names mean the same rows there as here; another's mean nothing.
  const merges = by === own ? rest.flatMap((record) => (record.kind === 'merge' ? [record.accounts] : [])) : [];
  const counted = { kind: 'import' as const, from: by, head: head(other), count: other.records.length, items };
  return { merges, record: items.length === 0 ? null : (seal(ledger, counted) as Import) };
}

/** Place of the first record of another ledger that is not counted here. */
function firstNew(ledger: Ledger, by: PeerId, other: Ledger): number {
  let shared = 0; // of two states of one ledger, everything before they diverged
  while (shared < other.records.length && other.records[shared]!.hash === ledger.records[shared]?.hash) shared++;
  const last = ledger.records.findLast((record) => record.kind === 'import' && record.from === by) as Import | undefined;
  if (last === undefined) return shared;
  if (other.records.length < last.count && shared < other.records.length) {
    throw new MeshError('stale', {
      field: 'ledger',
      expected: `the ${last.count} records that are counted, or more`,
      got: String(other.records.length),
    });
  }
  return other.records[last.count - 1]?.hash === last.head ? Math.max(shared, last.count) : shared;
}

function itemsOf(records: readonly BudgetRecord[], own: PeerId, named: boolean): Import['items'] {
  const sums = new Map<string, Import['items'][number]>();
  const add = (item: Import['items'][number], account: string | null) => {
    const { rate, sigma, rounds, coordinates, gridBits } = item;
    const grid = coordinates === undefined || gridBits === undefined ? {} : { coordinates, gridBits };
    const key = JSON.stringify([account, rate, sigma, coordinates, gridBits]);
    sums.set(key, { account, rate, sigma, ...grid, rounds: (sums.get(key)?.rounds ?? 0) + rounds });
  };
  for (const record of records) {
    if (record.kind === 'reserve') add(record, named ? record.account : null);
    else if (record.kind === 'witness') add({ ...record, account: null, rounds: record.updates.length }, null);
    // What the other ledger counted in from this one is counted here already.
    else if (record.kind === 'import' && record.from !== own) for (const item of record.items) add(item, named ? item.account : null);
  }
  if (sums.size <= LEDGER_ITEMS_PER_RECORD_MAX) return [...sums.values()];
  if (named) return itemsOf(records, own, false); // better to overcount every account than to undercount one
  throw new MeshError('out-of-bound', {
    field: 'ledger',
    expected: `at most ${LEDGER_ITEMS_PER_RECORD_MAX} mechanisms`,
    got: String(sums.size),
  });
}

function shapeOf(text: string): z.infer<typeof fileShape> {
  const invalid = (got: string, cause?: unknown) =>
    new MeshError('field-invalid', { field: 'ledger', expected: 'a ledger file that this page has written', got }, cause);
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch (cause) {
    throw invalid('no JSON', cause);
  }
  const checked = z.safeParse(fileShape, parsed);
  if (!checked.success) throw invalid(checked.error.issues[0]!.path.join('.') || 'something else');
  return checked.data;
}

async function isSigned(by: PeerId, ledger: Ledger, sig: string): Promise<boolean> {
  if (signerOf(ledger) !== null && signerOf(ledger) !== by) return false;
  try {
    return await verifyBytes(by, signedBytes(by, head(ledger), ledger.records.length), fromBase64Url(sig));
  } catch {
    return false; // no base64url
  }
}

const signedBytes = (by: PeerId, at: Hash, count: number) => taggedBytes('budget-ledger', { by, head: at, count });
