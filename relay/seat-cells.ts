/**
 * A round core's cells on the relay's store. Certified records and states are kept as the federation's history; votes, locks and the updates
 * of the open round are cells of the core. Not when a seat is open: that is seat.ts.
 */
import { decode, encode, type Hash } from '#protocol/codec';
import { asMeshError, MeshError } from '#protocol/errors';
import { idOf } from '#protocol/identity';
import { UPDATES_KEPT_ROUNDS } from '#protocol/limits';
import type { CertifiedRecord } from '#protocol/round/messages';
import type { Cells } from '#protocol/driver/ports';
import type { Store, StoredRecord } from './store/store.ts';

/** Keys whose value the store keeps as what it is; the cell itself only says so. */
const HEAD = 'head';
const STATE = 'state';

/**
 * The core's cells on the relay's store. A head goes to the records, a state to the blobs, together with the cell that names
 * them: where a disk takes only a part, it takes nothing.
 */
export function storeCells(store: Store, fed: Hash): Cells {
  const past: { readonly round: number; readonly key: string }[] = [];
  let round = 0;
  return {
    async read() {
      const cells = new Map<string, unknown>();
      for (const [key, bytes] of await store.cells(fed)) cells.set(key, decoded(fed, key, bytes));
      const head = cells.get(HEAD) as CertifiedRecord | undefined;
      round = head?.record.round ?? 0;
      // What was on its way out when the relay stopped goes with the next records.
      const current = `update/${head?.record.stateRound ?? 0}/`;
      for (const key of cells.keys()) if (key.startsWith('update/') && !key.startsWith(current)) past.push({ round, key });
      const state = cells.get(STATE) as { hash: Hash } | undefined;
      const bytes = state === undefined ? null : await store.blob(state.hash);
      if (state !== undefined && bytes !== null) cells.set(STATE, { hash: state.hash, bytes });
      return cells;
    },
    async write(puts, deletes) {
      const cells: { key: string; value: Uint8Array }[] = [];
      let record: StoredRecord | null = null;
      let state: { readonly hash: Hash; readonly bytes: Uint8Array } | null = null;
      for (const { key, value } of puts) {
        if (key === STATE) {
          state = value as { hash: Hash; bytes: Uint8Array };
          cells.push({ key, value: encode({ hash: state.hash }) });
          continue;
        }
        if (key === HEAD) {
          record = recordRow(value as CertifiedRecord);
          ({ round } = record);
        }
        cells.push({ key, value: encode(value) });
      }
      // Updates that the core lets go of are kept two rounds longer: whoever doubts a record can still recompute it.
      const gone: string[] = [];
      for (const key of deletes) {
        if (!key.startsWith('update/')) gone.push(key);
        else past.push({ round, key });
      }
      while (past[0] !== undefined && past[0].round <= round - UPDATES_KEPT_ROUNDS) gone.push(past.shift()!.key);
      await store.writeCells(fed, cells, gone, { record, state, now: Date.now() });
    },
  };
}

/** @throws MeshError internal naming the row that is damaged */
function decoded(fed: Hash, key: string, bytes: Uint8Array): unknown {
  try {
    return decode(bytes);
  } catch (error) {
    const { message } = asMeshError(error);
    throw new MeshError('internal', { field: `cell ${key} of federation ${fed}`, expected: 'what was put there', got: message }, error);
  }
}

function recordRow(certified: CertifiedRecord): StoredRecord {
  const { record } = certified;
  return { fed: record.fed, epoch: record.epoch, round: record.round, id: idOf(record), state: record.state, bytes: encode(certified) };
}
