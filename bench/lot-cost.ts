/** What lots cost in processor time (threads.ts): a second thread makes them sooner, but both threads' time comes from one battery. In Node. */
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';
import { flat, perceptron, planNetwork } from '#protocol/model/architecture';
import { loadNumerics } from '#wasm/load-node';
import { seededParameters, uniform } from '#wasm/seeded-run.fixture';
import { LotThreads, type StartLotThread } from '#workers/trainer/lot-threads';
import { round } from '../e2e/verdict.ts';
import { quantile } from './page/alternate.ts';

const SERVER = fileURLToPath(new URL('../workers/trainer/lot-threads.fixture.ts', import.meta.url));
const NETWORKS = { 'digits 64-10': [64, 10], 'MLP 784-128-10': [784, 128, 10] } as const;
const LOTS = [64, 512] as const;
const TURNS = 15;
const TURN_MS = 60;
const CLIPPING = { clip: 1, gridBits: 16 };

const start: StartLotThread = (order, died) => {
  const thread = new Worker(SERVER, { workerData: { order, fault: 'none' } });
  thread.once('exit', died);
  return () => void thread.terminate();
};

/** Median ratios of two threads to one: lots a second, and lots a second of processor time. */
export async function lotCosts() {
  const costs: { network: string; lot: number; perSecond: number; perProcessorSecond: number }[] = [];
  const numerics = await loadNumerics();
  for (const [name, widths] of Object.entries(NETWORKS)) {
    for (const size of LOTS) {
      const network = planNetwork(flat(widths[0]), perceptron([...widths], 'relu'));
      const draw = uniform(size);
      const x = Float32Array.from({ length: size * widths[0] }, () => draw());
      const y = Int32Array.from({ length: size }, () => Math.floor(10 * draw()));
      const lot = Int32Array.from({ length: size }, (_, row) => row);
      const parameters = seededParameters(network.parameterCount, 0.05, draw);
      const into = new Int32Array(network.parameterCount);
      const [one, two] = [1, 2].map((count) => {
        const lots = new LotThreads(numerics.model({ network, loss: 'cross-entropy' }, size), 1, start, { times: 1e6, leastMs: 10_000 });
        lots.use(count);
        lots.hold({ x, y });
        return lots;
      });
      while (two!.count < 2) await sleep(10);
      const turns = Array.from({ length: TURNS }, () =>
        [one!, two!].map((lots) =>
          rates(() => {
            lots.setParameters(parameters);
            lots.clippedSum(lot, CLIPPING, into);
          }),
        ),
      );
      const ratio = (of: 'perSecond' | 'perProcessorSecond') =>
        round(
          quantile(
            turns.map(([alone, together]) => together![of] / alone![of]),
            0.5,
          ),
          2,
        );
      costs.push({ network: name, lot: size, perSecond: ratio('perSecond'), perProcessorSecond: ratio('perProcessorSecond') });
      if (two!.count < 2) throw new Error('two threads: one was dropped while they were timed');
      for (const lots of [one!, two!]) lots.close();
    }
  }
  return costs;
}

/** Processor time is of the whole process, both threads. */
function rates(make: () => void) {
  const [from, used] = [performance.now(), process.cpuUsage()];
  let count = 0;
  do make();
  while ((count++, performance.now() - from < TURN_MS));
  const { user, system } = process.cpuUsage(used);
  return { perSecond: (count * 1000) / (performance.now() - from), perProcessorSecond: (count * 1e6) / (user + system) };
}
