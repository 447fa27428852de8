/**
 * The trainer's own thread in a page: files are read, updates made and models scored here, so that the peer's thread answers links
 * in time. A comlink endpoint over loader.ts and trainer.ts; in Node the same functions are called directly.
 * Rows stay on this device: `rows` is for the peer's own storage, all that may leave is the noised vector of an update.
 */
import * as Comlink from 'comlink';
import { asMeshError, MeshError } from '#protocol/errors';
import type { Hash } from '#protocol/codec';
import type { ManifestBody } from '#protocol/manifest';
import { loadNumerics } from '#wasm/load-web';
import type { Answer, DataReport } from './api.ts';
import { loadTable } from './loader.ts';
import { trainSolo } from './solo.ts';
import { openTrainer, type Trainer, type TrainingRows, type Update } from './trainer.ts';

/** Where rows come from: a file that a person chose, text, or a sample that the page's own origin serves. */
export type DataSource = { readonly file: Blob } | { readonly text: string } | { readonly sample: string };

export interface TrainerWorker {
  /** First call: the federation. Rows of an earlier one are dropped. */
  open(manifest: ManifestBody): Promise<Answer<null>>;
  load(source: DataSource): Promise<Answer<{ readonly report: DataReport; readonly digest: Hash }>>;
  /** The rows that are held, to keep them over a reload; null when there are none. */
  rows(): Promise<Answer<TrainingRows | null>>;
  /** Rows that an earlier page loaded. */
  hold(rows: TrainingRows): Promise<Answer<null>>;
  /** The budget must be paid before: every call makes new noise. */
  makeUpdate(parameters: Float32Array): Promise<Answer<Update>>;
  evaluate(parameters: Float32Array, publicRows: TrainingRows): Promise<Answer<{ readonly loss: number; readonly accuracy: number }>>;
  /** Accuracy on public rows of the best model from this device's rows alone, without noise. For this device's eyes only. */
  solo(publicRows: TrainingRows): Promise<Answer<{ readonly kind: 'mlp' | 'logistic'; readonly accuracy: number }>>;
  close(): Promise<Answer<null>>;
}

const SAMPLE_NAME = /^[a-z0-9-]{1,64}\.csv$/;
const numerics = loadNumerics();
numerics.catch(() => {}); // answered by the first call that needs it

let session: { readonly manifest: ManifestBody; readonly trainer: Trainer; rows?: TrainingRows } | undefined;

const randomBytes = (n: number) => crypto.getRandomValues(new Uint8Array(n));

async function answered<T>(work: () => Promise<T>): Promise<Answer<T>> {
  try {
    return { ok: true, value: await work() };
  } catch (error) {
    const { code, detail } = asMeshError(error);
    return { ok: false, error: { code, detail } };
  }
}

function current(): NonNullable<typeof session> {
  if (session === undefined) throw new MeshError('internal', { expected: 'open() first' });
  return session;
}

function close(): void {
  session?.trainer.close();
  session = undefined;
}

async function blobOf(source: DataSource): Promise<{ source: Blob | string; name?: string; synthetic: boolean }> {
  if ('file' in source) return { source: source.file, synthetic: false };
  if ('text' in source) return { source: source.text, synthetic: false };
  if (!SAMPLE_NAME.test(source.sample)) throw new MeshError('not-found', { field: 'sample', got: source.sample });
  const response = await fetch(new URL(`/samples/${source.sample}`, self.location.origin));
  if (!response.ok) throw new MeshError('not-found', { field: 'sample', expected: source.sample, got: `HTTP ${response.status}` });
  return { source: await response.blob(), name: source.sample, synthetic: true };
}

const worker: TrainerWorker = {
  open: (manifest) => answered(async () => {
    const ready = await numerics;
    close();
    session = { manifest, trainer: openTrainer(ready, manifest) };
    return null;
  }),
  load: (from) => answered(async () => {
    const { manifest, trainer } = current();
    const { source, ...about } = await blobOf(from);
    const { x, y, digest, report } = await loadTable(source, manifest.task, manifest.privacy.rowsMax, about);
    if (session?.trainer !== trainer) throw new MeshError('stale', { field: 'data', expected: 'the federation that was open' });
    trainer.hold({ x, y });
    session.rows = { x, y };
    return { report, digest };
  }),
  rows: () => answered(async () => current().rows ?? null),
  hold: (rows) => answered(async () => {
    const open = current();
    open.trainer.hold(rows);
    open.rows = rows;
    return null;
  }),
  makeUpdate: async (parameters) => {
    const answer = await answered(async () => {
      const { manifest, trainer } = current();
      return trainer.makeUpdate(parameters, manifest.privacy, randomBytes);
    });
    return answer.ok ? Comlink.transfer(answer, [answer.value.vector.buffer]) : answer;
  },
  evaluate: (parameters, publicRows) => answered(async () => current().trainer.evaluate(parameters, publicRows)),
  solo: (publicRows) => answered(async () => {
    const { manifest, rows } = current();
    if (rows === undefined) throw new MeshError('rows-too-few', { expected: 'rows to train on', got: '0' });
    const model = trainSolo(await numerics, manifest, rows, randomBytes);
    try {
      return { kind: model.kind, accuracy: model.accuracy(publicRows) };
    } finally {
      model.close();
    }
  }),
  close: () => answered(async () => {
    close();
    return null;
  }),
};

Comlink.expose(worker);
