/** One federation's storage on the relay's store: the store keeps the bytes, and deletes them as protocol/driver/retention.ts says. */
import { decode, encode, type Hash } from '#protocol/codec';
import type { Storage } from '#protocol/driver/ports';
import { asMeshError, MeshError } from '#protocol/errors';
import { idOf } from '#protocol/identity';
import type { CertifiedRecord } from '#protocol/round/messages';
import type { NewRecord, Store } from './store.ts';

export function federationStorage(store: Store, fed: Hash): Storage {
  const record = (bytes: Uint8Array, round: number) => decoded(fed, `record ${round}`, bytes) as CertifiedRecord;
  return {
    log: {
      async head() {
        const head = await store.head(fed);
        return head === null ? null : record(head.bytes, head.round);
      },
      read: async (from, limit) => (await store.records(fed, from, limit)).map(({ bytes, round }) => record(bytes, round)),
    },
    blobs: { get: (hash) => store.blob(hash) },
    cells: {
      async read() {
        const cells = await store.cells(fed);
        return new Map([...cells].map(([key, bytes]) => [key, decoded(fed, `cell ${key}`, bytes)]));
      },
    },
    write: ({ puts = [], deletes = [], append = [], blobs = [] }) =>
      store.write(
        fed,
        {
          puts: puts.map(({ key, value, blob = null }) => ({ key, value: encode(value), blob })),
          deletes,
          append: append.map(recordRow),
          blobs,
        },
        Date.now(),
      ),
  };
}

/** @throws MeshError internal naming what is damaged */
function decoded(fed: Hash, what: string, bytes: Uint8Array): unknown {
  try {
    return decode(bytes);
  } catch (error) {
    const { message } = asMeshError(error);
    throw new MeshError('internal', { field: `${what} of federation ${fed}`, expected: 'what was stored', got: message }, error);
  }
}

function recordRow(certified: CertifiedRecord): NewRecord {
  const { record } = certified;
  const { epoch, round, state } = record;
  const vectors = record.contributions.map(({ vector }) => vector);
  return { epoch, round, id: idOf(record), state, vectors, bytes: encode(certified) };
}
