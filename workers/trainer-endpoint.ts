/**
 * One trainer as the peer sees it, behind answers that can cross a worker's border: in a page it lives on its own thread
 * (trainer.worker.ts), in Node it is called directly. Rows stay here; all that may leave the device is the noised vector of an update.
 */
import type { Hash } from '#protocol/codec';
import { asMeshError, MeshError } from '#protocol/errors';
import type { ManifestBody } from '#protocol/manifest';
import type { Numerics } from '#wasm/numerics';
import type { Answer, DataReport, Drawing, Recording } from './api.ts';
import type { DecodePicture } from './loader/picture-decode.ts';
import { loadRows, type ReadableSource } from './loader/source.ts';
import type { StartLotThread } from './lot-threads.ts';
import { noiseAhead, type StartNoise } from './noise-ahead.ts';
import type { RowMarks } from './row-ids.ts';
import { trainSolo } from './solo.ts';
import { openTrainer, type Trainer, type TrainingRows, type Update } from './trainer.ts';

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
  open(manifest: ManifestBody): Promise<Answer<null>>;
  /** @param heldOut share of the units that is kept aside, 0 to 0.5 @param part of the units that is read, 1 for all */
  load(
    source: DataSource,
    heldOut?: number,
    part?: number,
  ): Promise<Answer<{ readonly report: DataReport; readonly digest: Hash; readonly marks: RowMarks }>>;
  /** The rows that are held and those kept aside, to keep them over a reload; null when there are none. */
  rows(): Promise<Answer<{ readonly rows: TrainingRows; readonly heldOut: TrainingRows } | null>>;
  /** Rows that an earlier page loaded, or none: all others are given up, those kept aside too. */
  hold(rows: TrainingRows): Promise<Answer<null>>;
  /** The budget must be paid before: every call makes new noise. @param clip of the state, where it adapts */
  makeUpdate(parameters: Float32Array, clip?: number): Promise<Answer<Update>>;
  evaluate(parameters: Float32Array, publicRows: TrainingRows): Promise<Answer<{ readonly loss: number; readonly accuracy: number }>>;
  /** Accuracy on public rows of the best model from this device's rows alone, without noise. For this device's eyes only. */
  solo(publicRows: TrainingRows): Promise<Answer<{ readonly kind: 'network' | 'logistic'; readonly accuracy: number }>>;
  /** Threads to share lots among, this one included, from now on. @returns as many as this device gives */
  threads(count: number): Promise<Answer<number>>;
  close(): Promise<Answer<null>>;
}

/** How threads beside the trainer are started; each is absent or null where there can be none. */
export interface ThreadStarts {
  /** One that makes noise ahead. */
  readonly noise?: StartNoise | null;
  /** Those that lots are shared among, and how many threads that may be, the trainer's own included. */
  readonly lots?: StartLotThread | null;
  readonly threadsMax?: number;
}

const SAMPLE_NAME = /^[a-z0-9-]{1,64}\.csv$/;
const NO_ROWS: TrainingRows = { x: new Float32Array(0), y: new Int32Array(0) };
const randomBytes = (n: number) => crypto.getRandomValues(new Uint8Array(n));

export async function answered<T>(work: () => Promise<T>): Promise<Answer<T>> {
  try {
    return { ok: true, value: await work() };
  } catch (error) {
    const { code, detail } = asMeshError(error);
    return { ok: false, error: { code, detail } };
  }
}

/**
 * @param fetchSample where the samples are served; a name it is given is safe in a path
 * @param decode of picture files; null where there is no browser
 * @param beside threads that may work beside this one
 */
export function openTrainerEndpoint(
  numerics: Promise<Numerics>,
  fetchSample: (name: string) => Promise<Response>,
  decode: DecodePicture | null = null,
  beside: ThreadStarts = {},
): TrainerEndpoint {
  let session: { readonly manifest: ManifestBody; readonly trainer: Trainer; heldOut?: TrainingRows } | undefined;
  let threads = 1;

  const current = (): NonNullable<typeof session> => {
    if (session === undefined) throw new MeshError('internal', { expected: 'open() first' });
    return session;
  };
  const close = (): void => {
    session?.trainer.close();
    session = undefined;
  };
  return {
    open: (manifest) =>
      answered(async () => {
        const ready = await numerics;
        close();
        const { noise = null, lots = null } = beside;
        session = { manifest, trainer: openTrainer(ready, manifest, { noise: noiseAhead(ready, noise), startLotThread: lots }) };
        session.trainer.useThreads(threads);
        return null;
      }),
    load: (from, share = 0, part = 1) =>
      answered(async () => {
        const { manifest, trainer } = current();
        const { rows, heldOut, digest, marks, report } = await loadRows(await readable(from, fetchSample, decode), manifest, share, part);
        if (session?.trainer !== trainer) throw new MeshError('stale', { field: 'data', expected: 'the federation that was open' });
        trainer.hold(rows);
        session.heldOut = heldOut;
        return { report, digest, marks };
      }),
    rows: () =>
      answered(async () => {
        const { trainer, heldOut = NO_ROWS } = current();
        return trainer.held === undefined ? null : { rows: unshared(trainer.held), heldOut };
      }),
    hold: (rows) =>
      answered(async () => {
        const open = current();
        open.trainer.hold(rows);
        delete open.heldOut; // of the rows before
        return null;
      }),
    makeUpdate: (parameters, clip) =>
      answered(async () => {
        const { manifest, trainer } = current();
        const { privacy } = manifest;
        return trainer.makeUpdate(parameters, clip === undefined ? privacy : { ...privacy, clip }, randomBytes);
      }),
    evaluate: (parameters, publicRows) => answered(async () => current().trainer.evaluate(parameters, publicRows)),
    solo: (publicRows) =>
      answered(async () => {
        const { manifest, trainer } = current();
        const rows = trainer.held;
        if (rows === undefined) throw new MeshError('rows-too-few', { expected: 'rows to train on', got: '0' });
        const model = trainSolo(await numerics, manifest, rows, randomBytes);
        try {
          return { kind: model.kind, accuracy: model.accuracy(publicRows) };
        } finally {
          model.close();
        }
      }),
    threads: (count) =>
      answered(async () => {
        threads = Math.max(1, Math.min(Math.floor(count), beside.threadsMax ?? 1));
        session?.trainer.useThreads(threads);
        return threads;
      }),
    close: () =>
      answered(async () => {
        close();
        return null;
      }),
  };
}

/** A copy of their own for whoever is told them: rows that threads share are zeroed when they are given up. */
function unshared(rows: TrainingRows): TrainingRows {
  return rows.x.buffer instanceof ArrayBuffer ? rows : { ...rows, x: rows.x.slice(), y: rows.y.slice() };
}

/** @throws MeshError not-found for a sample */
async function readable(
  source: DataSource,
  fetchSample: (name: string) => Promise<Response>,
  decode: DecodePicture | null,
): Promise<ReadableSource> {
  if ('file' in source) return { table: source.file, synthetic: false };
  if ('text' in source) return { table: source.text, synthetic: false };
  if ('pictures' in source) return { pictures: source.pictures, decode };
  if ('drawings' in source) return { drawings: source.drawings };
  if ('recordings' in source) return { recordings: source.recordings };
  if ('recordingFiles' in source) return { recordingFiles: source.recordingFiles };
  if (!SAMPLE_NAME.test(source.sample)) throw new MeshError('not-found', { field: 'sample', got: source.sample });
  const response = await fetchSample(source.sample);
  if (!response.ok) throw new MeshError('not-found', { field: 'sample', expected: source.sample, got: `HTTP ${response.status}` });
  return { table: await response.blob(), name: source.sample, synthetic: true };
}
