/** Runs trials of founding-trial.ts in parallel: one thread per core, each with its own instance and data. */
import { availableParallelism } from 'node:os';
import { isMainThread, parentPort, Worker } from 'node:worker_threads';
import { loadNumerics } from '#wasm/load-node';
import { runTrial, type Outcome, type Trial } from './founding-trial.ts';

/** @throws Error of the first trial that fails */
export async function runTrials(trials: readonly Trial[], done: (trial: Trial, outcome: Outcome) => void): Promise<void> {
  let next = 0;
  const work = async (): Promise<void> => {
    const worker = new Worker(new URL(import.meta.url));
    try {
      while (next < trials.length) {
        const trial = trials[next++]!;
        const outcome = await new Promise<Outcome>((resolve, reject) => {
          worker.removeAllListeners().once('message', resolve).once('error', reject);
          worker.postMessage(trial);
        });
        done(trial, outcome);
      }
    } finally {
      await worker.terminate();
    }
  };
  await Promise.all(Array.from({ length: Math.min(trials.length, availableParallelism()) }, work));
}

if (!isMainThread && parentPort !== null) {
  const port = parentPort;
  const numerics = loadNumerics();
  port.on('message', async (trial: Trial) => port.postMessage(await runTrial(numerics, trial)));
}
