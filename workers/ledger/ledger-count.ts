/** This device's ledger in numbers, and the import of another one. */
import type { Hash } from '#protocol/codec';
import { MeshError } from '#protocol/errors';
import { LEDGER_FILE_BYTES_MAX } from '#protocol/limits';
import { heldBy, merge, rootsOf, type Ledger } from '#protocol/privacy/ledger/budget';
import { additionOf, readLedgerFile } from '#protocol/privacy/ledger/ledger-file';
import type { LedgerSummary } from '../api.ts';
import type { LedgerBook } from './ledger-book.ts';

/** @throws MeshError file-too-large before reading anything; as readLedgerFile and additionOf */
export async function countIn(book: LedgerBook, file: Blob, mine: boolean): Promise<void> {
  if (file.size > LEDGER_FILE_BYTES_MAX) {
    throw new MeshError('file-too-large', { field: 'ledger', expected: `at most ${LEDGER_FILE_BYTES_MAX} bytes`, got: String(file.size) });
  }
  const other = await readLedgerFile(await file.text());
  const additionTo = (ledger: Ledger) => additionOf(ledger, book.identity.id, other, mine);
  for (const accounts of additionTo(book.ledger).merges) await book.append((ledger) => merge(ledger, accounts));
  await book.append((ledger) => additionTo(ledger).record);
}

export function summaryOf({ identity, ledger }: LedgerBook): LedgerSummary {
  const paid = ledger.records.filter((record) => record.kind === 'reserve');
  const counted = ledger.records.flatMap((record) =>
    record.kind === 'import' ? record.items : record.kind === 'witness' ? [{ rounds: record.updates.length }] : [],
  );
  return {
    self: identity.id,
    records: ledger.records.length,
    rounds: paid.length,
    accounts: rootsOf(
      ledger,
      paid.map(({ account }) => account),
    ).length,
    imported: counted.reduce((sum, { rounds }) => sum + rounds, 0),
    held: heldBy(ledger).map(({ agreement: { fed, title, epsilon, rounds } }) => ({ federation: fed as Hash, title, epsilon, rounds })),
  };
}
