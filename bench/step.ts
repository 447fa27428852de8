/**
 * `npm run prove -- bench:step`: one training step of an MLP 784-128-10, ours against @tensorflow/tfjs-backend-wasm (SIMD, one thread),
 * @jax-js/jax (wasm; in one thread, or on its pool of workers: the faster counts) and plain JavaScript, interleaved in one run, in Chromium
 * and in Node (jax-js only in Chromium). Contenders and their checks: page/step.ts. Ratios are medians over turns, each against its
 * neighbour of the same turn, so other load affects both; that of tfjs's private loop, which is too slow to take turns, is a ratio of
 * medians. Judged in Chromium, where people train: clip and noise at lot 256, the rest at both; noise from a ring (page/ring-steps.ts) in
 * Node too. Where our one thread is at the core's 128-bit peak, jax-js, on half of it or on two cores, cannot be further behind. The last
 * line is JSON.
 *
 * tfjs trains by autodiff, whose transposed products miss its fast path; `byHand` is the same step derived and tuned by hand on its
 * kernels, near the machine's 128-bit limit, where a speed-up of several times is impossible.
 */
import { once } from 'node:events';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { Worker as NodeWorker } from 'node:worker_threads';
import { buildWasm, compile, RELAXED } from '../wasm/build.ts';
import { round, verdict } from '../e2e/verdict.ts';
import { bundle, runInChromium, TFJS_FILES } from './in-chromium.ts';
import { openNativePeak } from './native-peak.ts';
import { quantile, ratioOf } from './page/alternate.ts';
import { stepMemory } from './step-memory.ts';
import type { Measured, StartNoiseThread } from './page/step.ts';

const BUILD = fileURLToPath(new URL('../build/', import.meta.url));
const TARGETS = {
  /** Against tfjs with autodiff and its optimizer; either lot. */
  sgdOverTfjsMin: 8,
  sgdOverJaxMin: { lot64: 2.5, lot256: 2 },
  /** In place of the above, of the core's fused peak: a machine that leaves no more room than this to one thread. */
  sgdOfPeakMin: 0.85,
  /** A DP step with float noise against tfjs's loop over examples; either lot. */
  overTfjsPrivateMin: 30,
  /** Relative to an SGD step of the training build, at lot 256. */
  clipOverSgdMax: 1.05,
  /** Of the build that records are judged by, either lot. */
  plainClipOverSgdMax: 1.1,
  floatNoiseOverSgdMax: 1.2,
  /** Of exact noise that another thread has made, in Chromium and in Node. */
  ringOverSgdMax: { lot64: 1.3, lot256: 1.2 },
  /** Fresh memory for arrays that the trainer takes for a private step, in steady state, in Node. */
  allocatedBytesPerStepMax: 1024,
} as const;

/** Of one row's SGD step: products and sums of the two layers, forward and for the weights, and of the hidden deltas. */
const ROW_FLOPS = 4 * (785 * 128 + 129 * 10) + 2 * 10 * 128;

interface Lot {
  readonly samplesPerSecond: Readonly<Record<string, number>>;
  /** Speed-up over the better of tfjs's two autodiff variants, over the step by hand, over plain JavaScript. */
  readonly sgdOverTfjs: number;
  readonly plainOverTfjs: number;
  readonly byHand: number;
  readonly overJs: number;
  /** Cost relative to an SGD step of the same build. */
  readonly clipOverSgd: number;
  readonly plainClipOverSgd: number;
  readonly floatNoiseOverSgd: number;
  readonly exactNoiseOverSgd: number;
  /** DP step with float noise against tfjs's loop over examples. */
  readonly overTfjsPrivate: number;
  /** Speed-up over the faster of jax-js's two variants, and which that is; null outside Chromium. */
  readonly sgdOverJax: number | null;
  readonly jaxWay: 'thread' | 'pool' | null;
  /** Of the core's fused peak at 128 bits; null if that is unknown. */
  readonly sgdOfPeak: number | null;
  /** A private step whose exact noise another thread has made, against an SGD step. */
  readonly ringOverSgd: number;
  /** The same for the first step of all, and without a pause, with the share of that noise that was ready. */
  readonly ringFirstOverSgd: number;
  readonly ringSustainedOverSgd: number;
  readonly ringAhead: number;
  readonly gradientErrorMax: number;
}

function lotFigures({ lot, turns, error, ring }: Measured, peak: number | null): Lot {
  const of = (name: string): readonly number[] => {
    const taken = turns[name];
    if (taken === undefined) throw new Error(`expected turns of ${name}, got none`);
    return taken;
  };
  const over = (a: string, b: string): number => ratioOf(of(a), of(b));
  const ours = 'relaxed.sgd' in turns ? 'relaxed' : 'plain';
  const overTfjs = (build: string): number =>
    Math.min(...['autodiff', 'fused'].map((way) => over(`tfjs.${way}`, `${build}.sgd beside tfjs`)));
  const overJax = (way: string): number => over(`jax.${way}`, `sgd beside jax.${way}`);
  const jaxWay = !('jax.thread' in turns) ? null : overJax('thread') < overJax('pool') ? 'thread' : 'pool';
  return {
    samplesPerSecond: Object.fromEntries(
      Object.entries(turns).map(([name, taken]) => [name, round((1000 * lot) / quantile(taken, 0.5), 0)]),
    ),
    sgdOverTfjs: round(overTfjs(ours), 2),
    plainOverTfjs: round(overTfjs('plain'), 2),
    byHand: round(over('tfjs.hand', `${ours}.sgd beside tfjs`), 2),
    overJs: round(over('js', `${ours}.sgd beside tfjs`), 1),
    clipOverSgd: round(over(`${ours}.clip`, `${ours}.sgd`), 3),
    plainClipOverSgd: round(over('plain.clip', 'plain.sgd'), 3),
    floatNoiseOverSgd: round(over(`${ours}.float`, `${ours}.sgd`), 3),
    exactNoiseOverSgd: round(over(`${ours}.exact`, `${ours}.sgd`), 1),
    overTfjsPrivate: round(quantile(of('tfjs.dp'), 0.5) / quantile(of(`${ours}.float`), 0.5), 1),
    sgdOverJax: jaxWay && round(overJax(jaxWay), 2),
    jaxWay,
    sgdOfPeak: peak && round((ROW_FLOPS * lot) / quantile(of(`${ours}.sgd`), 0.5) / 1e6 / peak, 3),
    ringOverSgd: round(ratioOf(ring.warm, ring.sgd), 3),
    ringFirstOverSgd: round(ring.first / quantile(ring.sgd, 0.5), 2),
    ringSustainedOverSgd: round(ring.sustained / quantile(ring.sgd, 0.5), 2),
    ringAhead: round(ring.ahead, 2),
    gradientErrorMax: Number(Math.max(...Object.values(error)).toExponential(1)),
  };
}

function show(place: string, measured: readonly Measured[], peak: number | null): Record<string, Lot> {
  const lots: Record<string, Lot> = {};
  for (const one of measured) {
    process.stdout.write(`${place}, lot ${one.lot}\n`);
    const { warm, sgd, first, sustained } = one.ring;
    const turns = {
      ...one.turns,
      'sgd beside ring': sgd,
      'ring.exact': warm,
      'ring.exact, first': [first],
      'ring.exact, no pause': [sustained],
    };
    for (const [name, taken] of Object.entries(turns)) {
      const ms = quantile(taken, 0.5);
      const rate = ((1000 * one.lot) / ms).toFixed(0);
      process.stdout.write(`  ${name.padEnd(24)}${ms.toFixed(3).padStart(10)} ms${rate.padStart(10)} samples/s\n`);
    }
    lots[`lot${one.lot}`] = lotFigures(one, peak);
  }
  return lots;
}

async function inNode(): Promise<Measured[]> {
  const script = join(BUILD, 'bench/step.mjs');
  await writeFile(script, await bundle('step', 'node'));
  const filler = join(BUILD, 'bench/noise-filler.mjs');
  await writeFile(filler, await bundle('noise-filler-node', 'node'));
  const bench = (await import(pathToFileURL(script).href)) as typeof import('./page/step.ts');
  const startNoise: StartNoiseThread = async (wasm) => {
    const thread = new NodeWorker(filler, { workerData: wasm });
    await once(thread, 'message');
    return (order) => thread.postMessage(order);
  };
  return bench.measureAll(await bench.assetsFrom((name) => readFile(join(BUILD, 'wasm', `${name}.wasm`)), TFJS_FILES, startNoise));
}

await buildWasm();
await mkdir(join(BUILD, 'bench'), { recursive: true });
await writeFile(join(BUILD, 'wasm/float-noise.wasm'), await compile('float-noise.ts'));
await writeFile(join(BUILD, 'wasm/float-noise-relaxed.wasm'), await compile('float-noise.ts', RELAXED));
const scripts = join(BUILD, 'bench/scripts/');
await mkdir(scripts, { recursive: true });
await writeFile(join(scripts, 'noise-filler.js'), await bundle('noise-filler', 'page'));
const files = { '/scripts/': scripts, '/wasm/': join(BUILD, 'wasm/'), '/tfjs/': TFJS_FILES };
const probe = openNativePeak();
const peak = typeof probe === 'string' ? null : probe().fused;
const { version, result } = await runInChromium<Measured[]>(await bundle('step', 'page'), files);
const chromium = show(`Chromium ${version}`, result, peak);
const node = show(`Node ${process.versions.node}`, await inNode(), peak);

const allocatedBytesPerStep = { lot64: await stepMemory(64), lot256: await stepMemory(256) };

const lots = Object.values(chromium);
const largest = chromium['lot256']!;
const met = {
  sgdOverTfjs: lots.every((lot) => lot.sgdOverTfjs >= TARGETS.sgdOverTfjsMin),
  sgdOverJax: Object.entries(TARGETS.sgdOverJaxMin).every(
    ([lot, least]) => (chromium[lot]!.sgdOverJax ?? 0) >= least || (chromium[lot]!.sgdOfPeak ?? 0) >= TARGETS.sgdOfPeakMin,
  ),
  overTfjsPrivate: lots.every((lot) => lot.overTfjsPrivate >= TARGETS.overTfjsPrivateMin),
  clipOverSgd: largest.clipOverSgd <= TARGETS.clipOverSgdMax,
  plainClipOverSgd: lots.every((lot) => lot.plainClipOverSgd <= TARGETS.plainClipOverSgdMax),
  floatNoiseOverSgd: largest.floatNoiseOverSgd <= TARGETS.floatNoiseOverSgdMax,
  allocatedBytesPerStep: Object.values(allocatedBytesPerStep).every((bytes) => bytes <= TARGETS.allocatedBytesPerStepMax),
  ringOverSgd: [chromium, node].every((place) =>
    Object.entries(TARGETS.ringOverSgdMax).every(([lot, most]) => place[lot]!.ringOverSgd <= most),
  ),
};
verdict('bench:step', Object.values(met).every(Boolean), { chromium, node, allocatedBytesPerStep, met }, TARGETS);
