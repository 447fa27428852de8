/**
 * What exact noise costs a trainer when another thread makes it ahead: private steps whose noise lies ready, turn by turn against SGD
 * steps; the first step of all, whose ring is empty; and steps without a pause, which may be faster than one thread makes noise.
 */
import type { AddNoise } from '#protocol/privacy/noise/noisy-update';
import type { Numerics } from '#wasm/numerics';
import { noiseAhead, type StartNoise } from '#workers/trainer/noise-ahead';
import { RING_BLOCK, ringWriter } from '#workers/trainer/noise-ring';

export interface RingSteps {
  /** Milliseconds of a step in each turn: private, and SGD. */
  readonly warm: readonly number[];
  readonly sgd: readonly number[];
  /** Milliseconds of the first private step, and of a step without a pause, over all of them. */
  readonly first: number;
  readonly sustained: number;
  /** Share of the samples of those that the other thread had made. */
  readonly ahead: number;
}

const TURNS = 41;
/** As many updates as a ring has room for. */
const STEPS = 4;
const SUSTAINED = 500;

/**
 * @param start of a thread that is up and waits for its order: a page that computes without a pause would not let it start
 * @param privateStep a step with this noise
 */
export async function ringSteps(
  numerics: Numerics,
  start: StartNoise,
  { count, sigma }: { readonly count: number; readonly sigma: number },
  sgd: () => void,
  privateStep: (add: AddNoise) => void,
): Promise<RingSteps> {
  let memory = new SharedArrayBuffer(0);
  const noise = noiseAhead(numerics, (order, died) => {
    memory = order.memory;
    start(order, died);
  });
  let here = 0;
  const add: AddNoise = (sum, deviation, random, into) => {
    const counted = (bytes: Uint8Array<ArrayBuffer>): void => {
      here += bytes.length;
      random(bytes);
    };
    noise.add(sum, deviation, counted, into);
  };
  const timed = (call: () => void, times: number): number => {
    const from = performance.now();
    for (let i = 0; i < times; i++) call();
    return (performance.now() - from) / times;
  };
  const paid = (): void => privateStep(add);
  timed(paid, 50); // without a ring: warms up
  here = 0;
  paid();
  const bytes = here;
  noise.prepare(count, sigma);
  const first = timed(paid, 1);
  const { room } = ringWriter(memory);
  const turns = { warm: [] as number[], sgd: [] as number[] };
  here = 0;
  for (let turn = 0; turn < TURNS; turn++) {
    for (const part of turn % 2 === 0 ? (['warm', 'sgd'] as const) : (['sgd', 'warm'] as const)) {
      // Full, which is noise for STEPS updates at least.
      while (room() >= RING_BLOCK) await new Promise((resolve) => setTimeout(resolve, 1));
      sgd(); // fills the caches again
      turns[part].push(timed(part === 'warm' ? paid : sgd, STEPS));
    }
  }
  if (here > 0) throw new Error('expected all noise of these turns to lie ready');
  const sustained = timed(paid, SUSTAINED);
  noise.stop();
  return { ...turns, first, sustained, ahead: 1 - here / (bytes * SUSTAINED) };
}
