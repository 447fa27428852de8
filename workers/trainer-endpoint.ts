/**
 * One trainer as the peer sees it, behind answers that can cross a worker's border: in a page it lives on its own thread
 * (trainer.worker.ts), in Node it is called directly. Rows stay here; all that may leave the device is the noised vector of an update.
 */
import type { Hash } from '#protocol/codec';
import { asMeshError, MeshError } from '#protocol/errors';
import type { ManifestBody } from '#protocol/manifest';
import type { Numerics } from '#wasm/numerics';
import type { Answer, DataReport } from './api.ts';
import { loadTable } from './loader.ts';
import { trainSolo } from './solo.ts';
import { openTrainer, type Trainer, type TrainingRows, type Update } from './trainer.ts';

/** Where rows come from: a file that a person chose, text, or a sample that the page's own origin serves. */
export type DataSource = { readonly file: Blob } | { readonly text: string } | { readonly sample: string };

export interface TrainerEndpoint {
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
const randomBytes = (n: number) => crypto.getRandomValues(new Uint8Array(n));

export async function answered<T>(work: () => Promise<T>): Promise<Answer<T>> {
  try {
    return { ok: true, value: await work() };
  } catch (error) {
    const { code, detail } = asMeshError(error);
    return { ok: false, error: { code, detail } };
  }
}

/** @param fetchSample where the samples are served; a name it is given is safe in a path */
export function openTrainerEndpoint(numerics: Promise<Numerics>, fetchSample: (name: string) => Promise<Response>): TrainerEndpoint {
  let session: { readonly manifest: ManifestBody; readonly trainer: Trainer; rows?: TrainingRows } | undefined;

  const current = (): NonNullable<typeof session> => {
    if (session === undefined) throw new MeshError('internal', { expected: 'open() first' });
    return session;
  };
  const close = (): void => {
    session?.trainer.close();
    session = undefined;
  };
  const blobOf = async (source: DataSource): Promise<{ source: Blob | string; name?: string; synthetic: boolean }> => {
    if ('file' in source) return { source: source.file, synthetic: false };
    if ('text' in source) return { source: source.text, synthetic: false };
    if (!SAMPLE_NAME.test(source.sample)) throw new MeshError('not-found', { field: 'sample', got: source.sample });
    const response = await fetchSample(source.sample);
    if (!response.ok) throw new MeshError('not-found', { field: 'sample', expected: source.sample, got: `HTTP ${response.status}` });
    return { source: await response.blob(), name: source.sample, synthetic: true };
  };

  return {
    open: (manifest) =>
      answered(async () => {
        const ready = await numerics;
        close();
        session = { manifest, trainer: openTrainer(ready, manifest) };
        return null;
      }),
    load: (from) =>
      answered(async () => {
        const { manifest, trainer } = current();
        const { source, ...about } = await blobOf(from);
        const { x, y, digest, report } = await loadTable(source, manifest.task, manifest.privacy.rowsMax, about);
        if (session?.trainer !== trainer) throw new MeshError('stale', { field: 'data', expected: 'the federation that was open' });
        trainer.hold({ x, y });
        session.rows = { x, y };
        return { report, digest };
      }),
    rows: () => answered(async () => current().rows ?? null),
    hold: (rows) =>
      answered(async () => {
        const open = current();
        open.trainer.hold(rows);
        open.rows = rows;
        return null;
      }),
    makeUpdate: (parameters) =>
      answered(async () => {
        const { manifest, trainer } = current();
        return trainer.makeUpdate(parameters, manifest.privacy, randomBytes);
      }),
    evaluate: (parameters, publicRows) => answered(async () => current().trainer.evaluate(parameters, publicRows)),
    solo: (publicRows) =>
      answered(async () => {
        const { manifest, rows } = current();
        if (rows === undefined) throw new MeshError('rows-too-few', { expected: 'rows to train on', got: '0' });
        const model = trainSolo(await numerics, manifest, rows, randomBytes);
        try {
          return { kind: model.kind, accuracy: model.accuracy(publicRows) };
        } finally {
          model.close();
        }
      }),
    close: () =>
      answered(async () => {
        close();
        return null;
      }),
  };
}
