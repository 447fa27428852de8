/**
 * `npm run bench:step`: one training step of an MLP 784-128-10, ours against @tensorflow/tfjs-backend-wasm (SIMD, one thread),
 * @jax-js/jax (wasm; in one thread, and on its pool of workers: the faster counts) and plain JavaScript, turn by turn in one run, in
 * Chromium and in Node (jax-js and the noise thread in Chromium only). What takes part and how it is checked: page/step.ts.
 * Judged in Chromium, where people train: against jax-js at lot 64, clip and noise at lot 256, the rest at both. The last line is JSON.
 *
 * tfjs trains by autodiff, whose transposed products miss its fast path; `byHand` is the same step derived and tuned by hand on its
 * kernels, near the 128-bit limit of the machine, where nobody can be several times faster.
 */
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { buildWasm, compile, RELAXED } from '../wasm/build.ts';
import { round, verdict } from '../e2e/verdict.ts';
import { bundle, runInChromium, TFJS_FILES } from './in-chromium.ts';
import type { Measured } from './page/step.ts';

const BUILD = fileURLToPath(new URL('../build/', import.meta.url));
const TARGETS = {
  /** Against tfjs as it trains, by autodiff and its optimizer; either lot. */
  sgdOverTfjsMin: 8,
  /** At lot 64. At lot 256 it reaches a third of the fused peak of 128 bits: 2.5 times that would be five sixths of it for a whole step. */
  sgdOverJaxMin: 2.5,
  /** A DP step with float noise against tfjs's loop over examples; either lot. */
  overTfjsPrivateMin: 30,
  /** Of an SGD step, at lot 256, of the build for training. */
  clipOverSgdMax: 1.05,
  floatNoiseOverSgdMax: 1.2,
} as const;

interface Lot {
  readonly samplesPerSecond: Readonly<Record<string, number>>;
  /** Times faster than the better of tfjs's two ways by autodiff, than the step by hand, than plain JavaScript. */
  readonly sgdOverTfjs: number;
  readonly plainOverTfjs: number;
  readonly byHand: number;
  readonly overJs: number;
  /** Times the cost of an SGD step of the same build. */
  readonly clipOverSgd: number;
  readonly plainClipOverSgd: number;
  readonly floatNoiseOverSgd: number;
  readonly exactNoiseOverSgd: number;
  /** DP step with float noise against tfjs's loop over examples. */
  readonly overTfjsPrivate: number;
  /** Times faster than jax-js, the faster of its two ways, and which that is; null outside of Chromium. */
  readonly sgdOverJax: number | null;
  readonly jaxWay: 'thread' | 'pool' | null;
  /** A private step, its exact noise from a ring that starts empty, against an SGD step; and the share of noise that was ready. */
  readonly ringOverSgd: number | null;
  readonly ringAhead: number | null;
  /** What two threads that only compute did against one at that time: 2 where a whole second core was free. */
  readonly ringProbe: number | null;
  readonly gradientErrorMax: number;
}

function lotFigures({ lot, ms, error, ring, besideJax: jax }: Measured): Lot {
  const at = (name: string): number => {
    const value = ms[name];
    if (value === undefined) throw new Error(`expected a time of ${name}, got none`);
    return value;
  };
  const ours = 'relaxed.sgd' in ms ? 'relaxed' : 'plain';
  const tfjs = Math.min(at('tfjs.autodiff'), at('tfjs.fused'));
  return {
    samplesPerSecond: Object.fromEntries(Object.entries(ms).map(([name, value]) => [name, round((1000 * lot) / value, 0)])),
    sgdOverTfjs: round(tfjs / at(`${ours}.sgd`), 2),
    plainOverTfjs: round(tfjs / at('plain.sgd'), 2),
    byHand: round(at('tfjs.hand') / at(`${ours}.sgd`), 2),
    overJs: round(at('js') / at(`${ours}.sgd`), 1),
    clipOverSgd: round(at(`${ours}.clip`) / at(`${ours}.sgd`), 3),
    plainClipOverSgd: round(at('plain.clip') / at('plain.sgd'), 3),
    floatNoiseOverSgd: round(at(`${ours}.float`) / at(`${ours}.sgd`), 3),
    exactNoiseOverSgd: round(at(`${ours}.exact`) / at(`${ours}.sgd`), 1),
    overTfjsPrivate: round(at('tfjs.dp') / at(`${ours}.float`), 1),
    sgdOverJax: jax && round(Math.min(overJax(jax.thread), overJax(jax.pool)), 2),
    jaxWay: jax && (overJax(jax.thread) < overJax(jax.pool) ? 'thread' : 'pool'),
    ringOverSgd: ring && round(ring.ms / ring.sgdMs, 3),
    ringAhead: ring && round(ring.ahead, 2),
    ringProbe: ring && round(ring.probe, 2),
    gradientErrorMax: Number(Math.max(...Object.values(error)).toExponential(1)),
  };
}

const overJax = ({ ours, theirs }: { readonly ours: number; readonly theirs: number }): number => theirs / ours;

function show(place: string, measured: readonly Measured[]): Record<string, Lot> {
  const lots: Record<string, Lot> = {};
  for (const one of measured) {
    process.stdout.write(`${place}, lot ${one.lot}\n`);
    const beside = Object.entries(one.besideJax ?? {}).flatMap(([way, { ours, theirs }]) => [
      [`jax.${way}`, theirs] as const,
      [`beside ${way}`, ours] as const,
    ]);
    const ring =
      one.ring === null
        ? []
        : ([
            ['ring.sgd', one.ring.sgdMs],
            ['ring.exact', one.ring.ms],
          ] as const);
    for (const [name, ms] of [...Object.entries(one.ms), ...beside, ...ring]) {
      const rate = ((1000 * one.lot) / ms).toFixed(0);
      process.stdout.write(`  ${name.padEnd(16)}${ms.toFixed(3).padStart(10)} ms${rate.padStart(10)} samples/s\n`);
    }
    lots[`lot${one.lot}`] = lotFigures(one);
  }
  return lots;
}

async function inNode(): Promise<Measured[]> {
  const script = join(BUILD, 'bench/step.mjs');
  await writeFile(script, await bundle('step', 'node'));
  const bench = (await import(pathToFileURL(script).href)) as typeof import('./page/step.ts');
  return bench.measureAll(await bench.assetsFrom((name) => readFile(join(BUILD, 'wasm', `${name}.wasm`)), TFJS_FILES));
}

await buildWasm();
await mkdir(join(BUILD, 'bench'), { recursive: true });
await writeFile(join(BUILD, 'wasm/float-noise.wasm'), await compile('float-noise.ts'));
await writeFile(join(BUILD, 'wasm/float-noise-relaxed.wasm'), await compile('float-noise.ts', RELAXED));
const scripts = join(BUILD, 'bench/scripts/');
await mkdir(scripts, { recursive: true });
for (const name of ['noise-filler', 'spinner']) await writeFile(join(scripts, `${name}.js`), await bundle(name, 'page'));
const files = { '/scripts/': scripts, '/wasm/': join(BUILD, 'wasm/'), '/tfjs/': TFJS_FILES };
const { version, result } = await runInChromium<Measured[]>(await bundle('step', 'page'), files);
const chromium = show(`Chromium ${version}`, result);
const node = show(`Node ${process.versions.node}`, await inNode());

const lots = Object.values(chromium);
const small = chromium['lot64']!;
const largest = chromium['lot256']!;
const met = {
  sgdOverTfjs: lots.every((lot) => lot.sgdOverTfjs >= TARGETS.sgdOverTfjsMin),
  sgdOverJax: small.sgdOverJax !== null && small.sgdOverJax >= TARGETS.sgdOverJaxMin,
  overTfjsPrivate: lots.every((lot) => lot.overTfjsPrivate >= TARGETS.overTfjsPrivateMin),
  clipOverSgd: largest.clipOverSgd <= TARGETS.clipOverSgdMax,
  floatNoiseOverSgd: largest.floatNoiseOverSgd <= TARGETS.floatNoiseOverSgdMax,
};
verdict('bench:step', Object.values(met).every(Boolean), { chromium, node, met }, TARGETS);
