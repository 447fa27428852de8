/**
 * The rows that this device keeps of a federation it takes part in, for whoever only reads them beside the peer. Not where they are
 * written: that is the peer's platform. Nothing read here may leave the device.
 */
import type { Hash } from '#protocol/codec';
import { openDatabase } from './database.ts';
import type { KeptRows } from './platform.ts';

/** @returns null where none are kept. @throws MeshError storage-denied */
export async function readKeptRows(federation: Hash): Promise<KeptRows | null> {
  const db = await openDatabase();
  try {
    return ((await db.get('rows', federation)) as KeptRows | undefined) ?? null;
  } finally {
    db.close();
  }
}
