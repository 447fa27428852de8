/**
 * `npm run prove -- bench:threads` in a page: how much of a second core is free (two threads that only compute against one), then the
 * trainer's lots in one thread and two (threads-trainer.ts), then the probe again.
 */
import { probe } from './core-probe.ts';
import type { Shared } from './threads-trainer.ts';

export interface Measured {
  /** Work of two threads relative to one, before and after: 2 if a whole second core is free. */
  readonly probe: readonly [before: number, after: number];
  readonly shared: readonly Shared[];
}

export async function run(origin: string): Promise<Measured> {
  const before = await probe(`${origin}/scripts/spinner.js`);
  const shared = await trainer(origin);
  return { probe: [before, await probe(`${origin}/scripts/spinner.js`)], shared };
}

function trainer(origin: string): Promise<Shared[]> {
  const thread = new Worker(`${origin}/scripts/threads-trainer.js`, { type: 'module' });
  return new Promise((resolve, reject) => {
    thread.addEventListener('message', ({ data }: MessageEvent<Shared[]>) => resolve(data), { once: true });
    thread.addEventListener('error', ({ message }) => reject(new Error(message)), { once: true });
    thread.postMessage(origin);
  });
}
