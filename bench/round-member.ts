/** One headless member in its own thread, so that its training and disk do not delay others; reports each model (round.ts). */
import { parentPort, workerData } from 'node:worker_threads';
import { openHeadlessPeer, type HeadlessOptions } from '#workers/peer/headless';
import { watchParts } from './page/part-times.ts';

export interface MemberRound {
  readonly round: number;
  readonly decidedAt: number;
  readonly updateSentAt: number | null;
}

const { watched = false, ...options } = workerData as Pick<HeadlessOptions, 'relay' | 'folder' | 'federation' | 'data'> & {
  /** Whether it also reports when the parts of its updates happen (page/part-times.ts). */
  readonly watched?: boolean;
};
if (watched) watchParts((times) => parentPort!.postMessage(times));
const told = new Set<number>();
await openHeadlessPeer({
  ...options,
  onSnapshot: ({ rounds }) => {
    for (const { round, kind, decidedAt, updateSentAt } of rounds) {
      if (kind !== 'model' || told.has(round)) continue;
      told.add(round);
      parentPort!.postMessage({ round, decidedAt, updateSentAt } satisfies MemberRound);
    }
  },
});
