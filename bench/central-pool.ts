/** Runs trainings of central.ts in parallel: one thread per core, each with its own instance and data. */
import { availableParallelism } from 'node:os';
import { isMainThread, parentPort, Worker } from 'node:worker_threads';
import type { Layer } from '#protocol/model/layers';
import { loadTrainingNumerics } from '#wasm/load-node';
import { lackOf } from '../scripts/data-place.ts';
import { readData, setAside, type Data, type DataName } from './central-data.ts';
import { trainCentral, type Recipe, type Trained } from './central.ts';

export interface Job {
  readonly data: DataName;
  readonly layers: readonly Layer[];
  readonly recipe: Recipe;
  /** Infinity for no privacy. */
  readonly epsilon: number;
  readonly seed: string;
  /** Judged by training rows set aside, or by the test rows. */
  readonly judged: 'aside' | 'test';
}

/** @returns in the order of the jobs. @throws Error of the first training that fails */
export async function trainAll<J extends Job>(jobs: readonly J[], done: (job: J, trained: Trained) => void): Promise<Trained[]> {
  const results: Trained[] = [];
  let next = 0;
  const work = async (): Promise<void> => {
    const worker = new Worker(new URL(import.meta.url));
    try {
      while (next < jobs.length) {
        const i = next++;
        results[i] = await new Promise<Trained>((resolve, reject) => {
          worker.removeAllListeners().once('message', resolve).once('error', reject);
          worker.postMessage(jobs[i]);
        });
        done(jobs[i]!, results[i]);
      }
    } finally {
      await worker.terminate();
    }
  };
  await Promise.all(Array.from({ length: Math.min(jobs.length, availableParallelism()) }, work));
  return results;
}

if (!isMainThread && parentPort !== null) {
  const port = parentPort;
  const numerics = await loadTrainingNumerics();
  const kept = new Map<DataName, Data>();
  port.on('message', async ({ data: name, layers, recipe, epsilon, seed, judged }: Job) => {
    const data = kept.get(name) ?? (await readData(name));
    if (data === null) throw new Error(lackOf(name));
    kept.set(name, data);
    const { train, test } = judged === 'aside' ? setAside(data, seed) : data;
    port.postMessage(trainCentral(numerics, { input: data.input, layers, train, test }, recipe, epsilon, seed));
  });
}
