/**
 * The relay's seat in one federation: the round core on the relay's store. Certified records and states are kept as the federation's
 * history; votes, locks and the updates of the open round are cells of the core. Not the place where rounds are decided: that is
 * protocol/round.
 */
import { decode, encode, type Hash } from '#protocol/codec';
import { idOf } from '#protocol/identity';
import type { Manifest } from '#protocol/manifest';
import type { CoreEvent } from '#protocol/round/effects';
import type { CertifiedRecord } from '#protocol/round/messages';
import { RoundHost, type Cells } from '#signaling/round-host';
import type { Seat, SeatDeps, StartSeat } from './federations.ts';
import type { Store, StoredRecord } from './store/store.ts';

/** Keys whose value the store keeps as what it is; the cell itself only says so. */
const HEAD = 'head';
const STATE = 'state';
/** Updates of rounds that are decided stay until two records later. */
const UPDATES_KEPT_ROUNDS = 2;

export const startSeat: StartSeat = async (manifest: Manifest, { identity, store, log, openTransport }: SeatDeps): Promise<Seat> => {
  const host = await RoundHost.open({
    manifest,
    identity,
    cells: storeCells(store, manifest.id, identity.id),
    onEvent: (event) => note(event),
    onFault: (error) => log.error({ federation: manifest.id, problem: error.message }, 'seat'),
  });
  const note = (event: CoreEvent) => {
    if (event.t === 'decided') {
      const { round, kind, contributions } = event.certified.record;
      log.info({ federation: manifest.id, round, kind, contributions: contributions.length }, 'round decided');
    } else if (event.t === 'forked') {
      log.error({ federation: manifest.id, round: event.round }, 'two certified records of one round: the seat stops');
    }
  };
  const transport = openTransport({
    message: (from, bytes) => host.receive(from, bytes),
    peers: (list) => host.peers(list),
    relay: () => {},
  });
  host.start(transport);
  return {
    async close() {
      await host.close();
      transport.close();
    },
  };
};

/**
 * The core's cells on the relay's store. A head goes to the records, a state to the blobs, before the cell that names them: a cell
 * that is there names bytes that are there.
 */
function storeCells(store: Store, fed: Hash, owner: SeatDeps['identity']['id']): Cells {
  const past: { readonly round: number; readonly key: string }[] = [];
  let round = 0;
  return {
    async read() {
      const cells = new Map<string, unknown>();
      for (const [key, bytes] of await store.cells(fed)) cells.set(key, decode(bytes));
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
      // Asked for in this order and at once: the store commits them in it, together where it can.
      const writes: Promise<unknown>[] = [];
      for (const { key, value } of puts) {
        if (key === STATE) {
          const { hash, bytes } = value as { hash: Hash; bytes: Uint8Array };
          writes.push(store.putBlob(hash, owner, bytes));
          cells.push({ key, value: encode({ hash }) });
        } else {
          if (key === HEAD) {
            const certified = value as CertifiedRecord;
            round = certified.record.round;
            writes.push(store.putRecord(recordRow(certified)));
          }
          cells.push({ key, value: encode(value) });
        }
      }
      // Updates that the core lets go of are kept two rounds longer: whoever doubts a record can still recompute it.
      const gone: string[] = [];
      for (const key of deletes) {
        if (!key.startsWith('update/')) gone.push(key);
        else past.push({ round, key });
      }
      while (past[0] !== undefined && past[0].round <= round - UPDATES_KEPT_ROUNDS) gone.push(past.shift()!.key);
      writes.push(store.writeCells(fed, cells, gone));
      await Promise.all(writes);
    },
  };
}

function recordRow(certified: CertifiedRecord): StoredRecord {
  const { record } = certified;
  return { fed: record.fed, epoch: record.epoch, round: record.round, id: idOf(record), state: record.state, bytes: encode(certified) };
}
