/** The founder's thread in a page: founding-endpoint.ts behind comlink. This browser's database keeps the steward's keys. */
import * as Comlink from 'comlink';
import { loadNumerics } from '#wasm/load-web';
import { openDatabase, storageError, strictWrite } from './platform/database.ts';
import { openFounding } from './founding/founding-endpoint.ts';
import { decodePicture } from './loader/picture/picture-decode.ts';

async function keepKey(name: string, pair: CryptoKeyPair): Promise<void> {
  const db = await openDatabase();
  try {
    const write = strictWrite(db, ['keys']);
    void write.objectStore('keys').add(pair, name);
    await write.done;
  } catch (cause) {
    throw storageError(cause);
  } finally {
    db.close();
  }
}

let numerics: ReturnType<typeof loadNumerics> | undefined;

Comlink.expose(openFounding({ keepKey, decode: decodePicture, numerics: () => (numerics ??= loadNumerics()) }));
