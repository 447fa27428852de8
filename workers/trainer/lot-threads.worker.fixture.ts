/** A trainer's thread for a browser test: lots shared with a real lot thread, each compared with the sum of one thread. */
import { expose } from 'comlink';
import { flat, perceptron, planNetwork } from '#protocol/model/architecture';
import { loadTrainingNumerics } from '#wasm/load-web';
import { seededParameters, uniform } from '#wasm/seeded-run.fixture';
import { lotThread } from './lot-thread.ts';
import { LotThreads } from './lot-threads.ts';

const ROWS = 400;
const CLIPPING = { clip: 2, gridBits: 16 };

const trial = {
  /** @returns threads that took part in the last lot, and the steps whose sums differ in any bit */
  async compare(steps: number): Promise<{ threads: number; different: number[]; zeroed: boolean }> {
    const numerics = await loadTrainingNumerics();
    const network = planNetwork(flat(31), perceptron([31, 65, 10], 'relu'));
    const draw = uniform(5);
    const x = Float32Array.from({ length: ROWS * 31 }, () => 2 * draw() - 1);
    const rows = { x, y: Int32Array.from({ length: ROWS }, () => Math.floor(10 * draw())) };
    const [model, alone] = [
      numerics.model({ network, loss: 'cross-entropy' }, ROWS),
      numerics.model({ network, loss: 'cross-entropy' }, ROWS),
    ];
    const lots = new LotThreads(model, 1, lotThread(), { times: 0, leastMs: 60_000 }, 32);
    lots.use(2);
    lots.hold(rows);
    while (lots.count < 2) await new Promise((resolve) => setTimeout(resolve, 10));
    const different: number[] = [];
    for (let step = 0; step < steps; step++) {
      const parameters = seededParameters(model.parameterCount, 0.3, draw);
      lots.setParameters(parameters);
      alone.setParameters(parameters);
      const lot = Int32Array.from({ length: ROWS }, (_, row) => row).filter(() => draw() < 0.6);
      const shared = lots.clippedSum(lot, CLIPPING, new Int32Array(model.parameterCount));
      const one = alone.clippedSum(rows, lot, CLIPPING);
      if (shared.within !== one.within || shared.steps.some((value, i) => value !== one.steps[i])) different.push(step);
    }
    const held = lots.rows!;
    const threads = lots.count;
    lots.close();
    return { threads, different, zeroed: held.x !== x && held.x.every((value) => value === 0) };
  },
};
export type Trial = typeof trial;

expose(trial);
