/**
 * One trainer as the peer sees it, behind answers that can cross a worker's border: in a page it lives on its own thread
 * (trainer.worker.ts), in Node it is called directly. Rows come in here, are kept from here and stay here: no answer has a row, a label or
 * the size of a lot, and no thread with a socket ever has one. All that may leave the device is the noised vector of an update.
 */
import type { Hash } from '#protocol/codec';
import { MeshError } from '#protocol/errors';
import type { ManifestBody } from '#protocol/manifest/manifest';
import type { RandomFill } from '#protocol/privacy/noise/random-words';
import type { Numerics } from '#wasm/numerics';
import { answering, type Throwing } from '../answered.ts';
import type { Result, Drawing, Goodness, Recording } from '../api.ts';
import { listenerOf, type Progress } from '../listener.ts';
import type { DecodePicture } from '../loader/picture/picture-decode.ts';
import { loadRows, type ReadableSource } from '../loader/source.ts';
import type { StartLotThread } from '../trainer/lot-threads.ts';
import { noiseAhead, type StartNoise } from '../trainer/noise-ahead.ts';
import type { KeptRows, LoadedRows, RowsStore } from './loaded-rows.ts';
import { memoryKeyValueStore } from '../platform/memory-stores.ts';
import { rowIdsOf, type RowIds, type RowMarks, type RowScope } from '../ledger/row-ids.ts';
import { trainSolo } from '../solo/solo.ts';
import { openTrainer, type Evaluation, type Trainer } from '../trainer/trainer.ts';
import type { TrainingRows } from '../training-rows.ts';
import { measureTurn } from '../trainer/turn.ts';

/** Where rows come from: a file that a person chose, text, pictures, drawings, recordings, or a sample that the page's own origin serves. */
export type DataSource =
  | { readonly file: Blob }
  | { readonly text: string }
  | { readonly pictures: readonly Blob[] }
  | { readonly drawings: readonly Drawing[] }
  | { readonly recordings: readonly Recording[] }
  | { readonly recordingFiles: readonly Blob[] }
  | { readonly sample: string };

export interface TrainerEndpoint {
  /** First call: the federation. Rows of an earlier one are dropped. */
  open(manifest: ManifestBody): Promise<Result<null>>;
  /**
   * @param heldOut share of the units that is kept aside, 0 to 0.5 @param part of the units that is read, 1 for all
   * @param progress hears which part of a table is read, and says whether to go on: `stale` once it does not
   */
  load(source: DataSource, heldOut?: number, part?: number, progress?: Progress): Promise<Result<LoadedRows>>;
  /** Names of the rows that were loaded and are not kept yet, those kept aside too. @param key of this device, see row-ids.ts */
  name(key: CryptoKey, scope: RowScope): Promise<Result<RowIds>>;
  /** Keeps the rows that are held, and those aside, over a reload. @throws MeshError storage-denied, rows-too-few */
  keep(federation: Hash): Promise<Result<null>>;
  /** Holds what was kept of a federation; null where nothing is. */
  restore(federation: Hash): Promise<Result<LoadedRows | null>>;
  /** Gives up the rows that are held, and those aside. */
  release(): Promise<Result<null>>;
  /** Deletes what is kept of a federation; null: of all. */
  forget(federation: Hash | null): Promise<Result<null>>;
  /**
   * The vector of an update: all that may leave the device. The budget must be paid before: every call makes new noise.
   * @param clip of the state, where it adapts
   */
  makeUpdate(parameters: Float32Array, clip?: number): Promise<Result<Uint8Array<ArrayBuffer>>>;
  /** Milliseconds of a turn (turn.ts); the first call of a federation measures them, for up to about a second. */
  pace(): Promise<Result<number>>;
  evaluate(parameters: Float32Array, publicRows: TrainingRows): Promise<Result<Evaluation>>;
  /** How good on public rows the best model from this device's rows alone is, without noise. For this device's eyes only. */
  solo(publicRows: TrainingRows): Promise<Result<Goodness>>;
  /** Threads to share lots among, this one included, from now on. @returns as many as this device gives */
  threads(count: number): Promise<Result<number>>;
  close(): Promise<Result<null>>;
}

/** Where rows are kept, and how threads beside the trainer are started; each is absent or null where there can be none. */
export interface TrainerPlace {
  /** Opened when it is first needed; absent: in memory. */
  readonly rows?: () => Promise<RowsStore>;
  /** One that makes noise ahead. */
  readonly noise?: StartNoise | null;
  /** Those that lots are shared among, and how many threads that may be, the trainer's own included. */
  readonly lots?: StartLotThread | null;
  readonly threadsMax?: number;
  /** Milliseconds; only differences count. */
  readonly now?: () => number;
}

/** Of the rows that are held. */
interface Loaded extends LoadedRows {
  readonly heldOut: TrainingRows;
  /** Until they are kept, and so have an account. */
  readonly marks?: RowMarks;
}

interface Session {
  readonly manifest: ManifestBody;
  readonly trainer: Trainer;
  loaded?: Loaded;
  turnMs?: number;
}

const NO_ROWS: TrainingRows = { x: new Float32Array(0), y: new Int32Array(0) };
const random: RandomFill = (into) => crypto.getRandomValues(into);

/**
 * @param fetchSample of the files that are served with the page
 * @param decode of picture files; null where there is no browser
 * @param place where rows are kept, and threads that may work beside this one
 */
export function openTrainerEndpoint(
  numerics: Promise<Numerics>,
  fetchSample: (name: string) => Promise<Blob>,
  decode: DecodePicture | null = null,
  place: TrainerPlace = {},
): TrainerEndpoint {
  let session: Session | undefined;
  let threads = 1;

  const current = (): Session => {
    if (session === undefined) throw new MeshError('internal', { expected: 'open() first' });
    return session;
  };
  const close = (): void => {
    session?.trainer.close();
    session = undefined;
  };
  return answering<TrainerEndpoint>({
    async open(manifest) {
      const ready = await numerics;
      close();
      const { noise = null, lots = null } = place;
      session = { manifest, trainer: openTrainer(ready, manifest, { noise: noiseAhead(ready, noise), startLotThread: lots }) };
      session.trainer.useThreads(threads);
      return null;
    },
    async load(from, share = 0, part = 1, progress) {
      const { manifest, trainer } = current();
      const { rows, heldOut, digest, marks, report } = await loadRows(
        await readable(from, fetchSample, decode),
        manifest,
        share,
        part,
        listenerOf(progress),
      );
      if (session?.trainer !== trainer) throw new MeshError('stale', { field: 'data', expected: 'the federation that was open' });
      trainer.hold(rows);
      session.loaded = { report, digest, heldOut, marks };
      return { report, digest };
    },
    ...rowCalls(current, place.rows),
    async makeUpdate(parameters, clip) {
      const { manifest, trainer } = current();
      const { privacy } = manifest;
      const { vector } = trainer.makeUpdate(parameters, clip === undefined ? privacy : { ...privacy, clip }, random);
      return vector.slice(); // what leaves is kept and sent while the trainer writes the next one
    },
    async pace() {
      const { manifest, trainer, turnMs } = current();
      return (current().turnMs = turnMs ?? measureTurn(trainer, manifest, random, place.now ?? (() => performance.now())));
    },
    evaluate: async (parameters, publicRows) => current().trainer.evaluate(parameters, publicRows),
    async solo(publicRows) {
      const { manifest, trainer } = current();
      const rows = trainer.held;
      if (rows === undefined) throw new MeshError('rows-too-few', { expected: 'rows to train on', got: '0' });
      const model = trainSolo(await numerics, manifest, rows);
      try {
        return model.goodness(publicRows);
      } finally {
        model.close();
      }
    },
    async threads(count) {
      threads = Math.max(1, Math.min(Math.floor(count), place.threadsMax ?? 1));
      session?.trainer.useThreads(threads);
      return threads;
    },
    async close() {
      close();
      return null;
    },
  });
}

/** What names, keeps and gives up the rows that are held. */
function rowCalls(
  current: () => Session,
  open: () => Promise<RowsStore> = async () => memoryKeyValueStore<KeptRows>(),
): Pick<Throwing<TrainerEndpoint>, 'name' | 'keep' | 'restore' | 'release' | 'forget'> {
  let opened: Promise<RowsStore> | undefined;
  const kept = (): Promise<RowsStore> => {
    opened ??= open();
    opened.catch(() => (opened = undefined)); // the next call tries again
    return opened;
  };
  return {
    async name(key, scope) {
      const { marks } = current().loaded ?? {};
      if (marks === undefined) throw new MeshError('rows-too-few', { field: 'data', expected: 'rows that were just loaded', got: '0' });
      return rowIdsOf(key, scope, marks);
    },
    async keep(federation) {
      const session = current();
      const { loaded, trainer } = session;
      if (loaded === undefined || trainer.held === undefined) {
        throw new MeshError('rows-too-few', { field: 'data', expected: 'rows to keep', got: '0' });
      }
      const { marks: _, ...rest } = loaded;
      await (await kept()).write(federation, { ...rest, rows: unshared(trainer.held) });
      session.loaded = rest; // they have an account by now
      return null;
    },
    async restore(federation) {
      const session = current();
      const found = await (await kept()).read(federation);
      if (found === null) return null;
      const { rows, ...loaded } = found;
      session.trainer.hold(rows);
      session.loaded = loaded;
      return { report: loaded.report, digest: loaded.digest };
    },
    async release() {
      const session = current();
      session.trainer.hold(NO_ROWS);
      delete session.loaded;
      return null;
    },
    async forget(federation) {
      const keep = await kept();
      await (federation === null ? keep.clear() : keep.write(federation, null));
      return null;
    },
  };
}

/** A copy of their own for the disk, which takes no memory that threads share. */
function unshared(rows: TrainingRows): TrainingRows {
  return rows.x.buffer instanceof ArrayBuffer ? rows : { ...rows, x: rows.x.slice(), y: rows.y.slice() };
}

/** @throws MeshError as a sample that does not come */
async function readable(
  source: DataSource,
  fetchSample: (name: string) => Promise<Blob>,
  decode: DecodePicture | null,
): Promise<ReadableSource> {
  if ('file' in source) return { table: source.file, synthetic: false };
  if ('text' in source) return { table: source.text, synthetic: false };
  if ('pictures' in source) return { pictures: source.pictures, decode };
  if ('drawings' in source) return { drawings: source.drawings };
  if ('recordings' in source) return { recordings: source.recordings };
  if ('recordingFiles' in source) return { recordingFiles: source.recordingFiles };
  return { table: await fetchSample(source.sample), name: source.sample, synthetic: true };
}
