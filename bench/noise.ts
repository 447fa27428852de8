/**
 * `npm run prove -- bench:noise`: exact discrete Gaussian samples per second, as training draws them, against float normals from
 * getRandomValues and a SIMD Box-Muller in the same run, in Chromium and in Node, interleaved on one thread; medians. The float normals are
 * those of the faster build and must never be used for privacy (wasm/assembly/float-noise.ts says why). The distribution of the samples is
 * checked in both. The last line is JSON.
 */
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { round, verdict } from '../e2e/verdict.ts';
import { buildWasm, compile, RELAXED } from '../wasm/build.ts';
import { bundle, runInChromium } from './in-chromium.ts';
import type { Measured } from './page/noise.ts';

const BUILD = fileURLToPath(new URL('../build/', import.meta.url));
/** Of the slowest deviation. */
const TARGETS = { overFloatMin: 0.125, chromiumOverNodeMin: 0.7, distributionFaults: 0 } as const;

interface Figures {
  readonly millionsPerSecond: Readonly<Record<string, number>>;
  /** The slowest deviation against the fastest float normals. */
  readonly overFloat: number;
  readonly overTypescript: number;
  readonly exactMillionsPerSecond: number;
  readonly samplesJudged: number;
  readonly faults: readonly string[];
}

function figuresOf(place: string, { millionsPerSecond, faults, judged }: Measured): Figures {
  const list = Object.entries(millionsPerSecond);
  process.stdout.write(`${place}\n`);
  for (const [name, rate] of list) process.stdout.write(`  ${name.padEnd(16)}${rate.toFixed(1).padStart(8)} M samples/s\n`);
  for (const fault of faults) process.stdout.write(`  ${fault}\n`);
  const of = (kind: string) => list.filter(([name]) => name.startsWith(kind)).map(([, rate]) => rate);
  const slowest = Math.min(...of('exact.'));
  return {
    millionsPerSecond: Object.fromEntries(list.map(([name, rate]) => [name, round(rate, 1)])),
    overFloat: round(slowest / Math.max(...of('float.')), 3),
    overTypescript: round(slowest / of('typescript')[0]!, 1),
    exactMillionsPerSecond: round(slowest, 1),
    samplesJudged: judged,
    faults,
  };
}

async function inNode(): Promise<Measured> {
  const script = join(BUILD, 'bench/noise.mjs');
  await writeFile(script, await bundle('noise', 'node'));
  const bench = (await import(pathToFileURL(script).href)) as typeof import('./page/noise.ts');
  return bench.measureAll((name) => readFile(join(BUILD, 'wasm', `${name}.wasm`)));
}

await buildWasm();
await mkdir(join(BUILD, 'bench'), { recursive: true });
await writeFile(join(BUILD, 'wasm/float-noise.wasm'), await compile('float-noise.ts'));
await writeFile(join(BUILD, 'wasm/float-noise-relaxed.wasm'), await compile('float-noise.ts', RELAXED));
const { version, result } = await runInChromium<Measured>(await bundle('noise', 'page'), { '/wasm/': join(BUILD, 'wasm/') });
const chromium = figuresOf(`Chromium ${version}`, result);
const node = figuresOf(`Node ${process.versions.node}`, await inNode());

const places = [chromium, node];
const chromiumOverNode = round(chromium.exactMillionsPerSecond / node.exactMillionsPerSecond, 2);
const pass =
  chromiumOverNode >= TARGETS.chromiumOverNodeMin &&
  places.every(({ overFloat, faults }) => overFloat >= TARGETS.overFloatMin && faults.length === 0);
verdict('bench:noise', pass, { chromium, node, chromiumOverNode }, TARGETS);
