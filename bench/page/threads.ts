/**
 * `npm run bench:threads` in a page: how much of a second core there is to have (two threads that only compute against one), then the
 * trainer's lots in one thread and two (threads-trainer.ts), then the probe again.
 */
import { quantile } from './alternate.ts';
import type { Shared } from './threads-trainer.ts';

export interface Measured {
  /** Times the work of one thread that two get through, before and after: 2 where a whole second core is free. */
  readonly probe: readonly [before: number, after: number];
  readonly shared: readonly Shared[];
}

const SPIN_MS = 150;
const SPINS = 7;

export async function run(origin: string): Promise<Measured> {
  const before = await probe(origin);
  const shared = await trainer(origin);
  return { probe: [before, await probe(origin)], shared };
}

async function probe(origin: string): Promise<number> {
  const threads = [1, 2].map(() => new Worker(`${origin}/scripts/spinner.js`, { type: 'module' }));
  const spin = (thread: Worker): Promise<number> =>
    new Promise((resolve) => {
      thread.addEventListener('message', ({ data }: MessageEvent<{ rounds: number }>) => resolve(data.rounds), { once: true });
      thread.postMessage(SPIN_MS);
    });
  await Promise.all(threads.map(spin)); // warms up
  const ratios: number[] = [];
  for (let i = 0; i < SPINS; i++) {
    const alone = await spin(threads[i % 2]!);
    const [first, second] = await Promise.all(threads.map(spin));
    ratios.push((first! + second!) / alone);
  }
  for (const thread of threads) thread.terminate();
  return quantile(ratios, 0.5);
}

function trainer(origin: string): Promise<Shared[]> {
  const thread = new Worker(`${origin}/scripts/threads-trainer.js`, { type: 'module' });
  return new Promise((resolve, reject) => {
    thread.addEventListener('message', ({ data }: MessageEvent<Shared[]>) => resolve(data), { once: true });
    thread.addEventListener('error', ({ message }) => reject(new Error(message)), { once: true });
    thread.postMessage(origin);
  });
}
