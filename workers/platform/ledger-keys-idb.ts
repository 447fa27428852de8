/**
 * The ledger's keys and row accounts in this browser. Both keys are CryptoKey objects that no script can export.
 */
import { storageError, strictWrite, type MeshDatabase } from './database.ts';
import { loadIdentity } from './identity-store-idb.ts';
import type { LedgerKeys } from '../ledger/ledger-keys.ts';
import { makeRowKey } from '../ledger/row-ids.ts';

/** Names in the store of keys that begin with this stay when everything else is forgotten. */
export const LEDGER_KEYS = 'ledger/';
const [SIGN, ROWS] = [`${LEDGER_KEYS}sign`, `${LEDGER_KEYS}rows`];

export function idbLedgerKeys(db: MeshDatabase): LedgerKeys {
  return {
    identity: () => loadIdentity(db, SIGN),
    async rowKey() {
      try {
        return rowKeyOf(await db.get('keys', ROWS)) ?? (await keepRowKey(db));
      } catch (cause) {
        throw storageError(cause);
      }
    },
    rows: {
      async each(look) {
        try {
          for (let at = await db.transaction('rowAccounts').store.openCursor(); at !== null; at = await at.continue()) look(at.value);
        } catch (cause) {
          throw storageError(cause);
        }
      },
      async add({ account, ids }) {
        try {
          const write = strictWrite(db, ['rowAccounts']);
          await Promise.all([write.objectStore('rowAccounts').add({ account, ids }), write.done]);
        } catch (cause) {
          throw storageError(cause);
        }
      },
    },
  };
}

/** Made before the transaction, which cannot wait for anything else; if another tab was faster, its key counts. */
async function keepRowKey(db: MeshDatabase): Promise<CryptoKey> {
  const made = await makeRowKey();
  const write = strictWrite(db, ['keys']);
  const store = write.objectStore('keys');
  const first = rowKeyOf(await store.get(ROWS));
  if (first === undefined) await store.add(made as unknown as CryptoKeyPair, ROWS);
  await write.done;
  return first ?? made;
}

/** The one name in the store of key pairs that has a single key. */
function rowKeyOf(kept: CryptoKeyPair | undefined): CryptoKey | undefined {
  return kept as unknown as CryptoKey | undefined;
}
