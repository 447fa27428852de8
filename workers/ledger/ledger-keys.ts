/**
 * What a device keeps for its budget ledger besides the records: the key that signs them, the key that names rows, and which rows belong to
 * which account. It survives deleting everything else, because what was spent cannot be taken back.
 */
import type { Identity } from '#protocol/identity';
import type { RowAccountStore } from './row-accounts.ts';

export interface LedgerKeys {
  /** Made on first use. @throws MeshError storage-denied */
  identity(): Promise<Identity>;
  /** For HMAC-SHA-256; made on first use. @throws MeshError storage-denied */
  rowKey(): Promise<CryptoKey>;
  readonly rows: RowAccountStore;
}
