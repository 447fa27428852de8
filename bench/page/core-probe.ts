/** Measures in a page how much of a second core is free: two threads that only compute (spinner.ts) against one. */
import { quantile } from './alternate.ts';

const SPIN_MS = 150;
const SPINS = 7;

/**
 * @param spinner URL of the bundled spinner.ts
 * @returns the work of two threads relative to one: 2 if a whole second core is free
 */
export async function probe(spinner: string): Promise<number> {
  const threads = [1, 2].map(() => new Worker(spinner, { type: 'module' }));
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
