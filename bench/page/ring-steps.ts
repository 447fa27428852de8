/**
 * The cost of exact noise if another thread makes it ahead: consecutive private steps from a ring that starts empty, against consecutive
 * SGD steps before and after. The trainer never waits: it makes missing samples itself.
 */
import type { SampleNoise } from '#protocol/privacy/noise/noisy-update';
import type { Numerics } from '#wasm/numerics';
import { noiseAhead, type StartNoise } from '#workers/trainer/noise-ahead';
import { probe } from './core-probe.ts';

export interface RingSteps {
  /** Mean milliseconds of a step: private from the empty ring on, and plain SGD before and after. */
  readonly ms: number;
  readonly sgdMs: number;
  readonly steps: number;
  /** Work of two computing threads relative to one, measured before: without a second core a second thread gains nothing. */
  readonly probe: number;
  /** Share of the samples that the other thread made. */
  readonly ahead: number;
}

/** Arguments from the page: URLs of scripts, and the noise thread's numerics. */
export interface RingPage {
  readonly script: string;
  readonly spinner: string;
  readonly wasm: BufferSource;
}

const STEPS = 1000;

/**
 * @param script of noise-filler.ts
 * @param spinner of spinner.ts
 * @param privateStep a step with this noise
 */
export async function ringSteps(
  numerics: Numerics,
  { script, spinner, wasm, count, sigma }: RingPage & { readonly count: number; readonly sigma: number },
  sgd: () => void,
  privateStep: (sample: SampleNoise) => void,
): Promise<RingSteps> {
  const cores = await probe(spinner);
  const start = await filler(script, wasm);
  const noise = noiseAhead(numerics, start);
  const random = (n: number) => crypto.getRandomValues(new Uint8Array(n));
  let here = 0;
  const counted: SampleNoise = (wanted, deviation) =>
    noise.sample(wanted, deviation, (n) => {
      here += n;
      return random(n);
    });
  const timed = (call: () => void): number => {
    const from = performance.now();
    for (let i = 0; i < STEPS; i++) call();
    return (performance.now() - from) / STEPS;
  };
  for (let i = 0; i < 50; i++) privateStep(counted); // without a ring: warms up
  const before = timed(sgd);
  // Random bytes that a sample takes, as this sampler draws them.
  here = 0;
  noise.sample(count, sigma, (n) => {
    here += n;
    return random(n);
  });
  const bytesAll = here * STEPS;
  here = 0;
  noise.prepare(count, sigma);
  const ms = timed(() => privateStep(counted));
  noise.stop();
  return { ms, sgdMs: (before + timed(sgd)) / 2, steps: STEPS, ahead: 1 - here / bytesAll, probe: cores };
}

/** A started thread that waits for its order: a page that computes without a pause would not let it start. */
async function filler(script: string, wasm: BufferSource): Promise<StartNoise> {
  const thread = new Worker(script, { type: 'module' });
  await new Promise<void>((resolve, reject) => {
    thread.addEventListener('message', () => resolve(), { once: true });
    thread.addEventListener('error', ({ message }) => reject(new Error(`the noise thread: ${message}`)), { once: true });
    thread.postMessage(wasm);
  });
  return (order) => thread.postMessage(order);
}
