/**
 * `npm run prove -- bench:aggregate`: mean, median, trimmed mean (6 + 6) and Krum's distances of 32 vectors of a million values, on our
 * kernels against plain JavaScript, and the mean against a copy of memory, interleaved in one run on one thread, in Chromium and in Node.
 * Held vectors against plain loops are judged. Also reported: vectors copied from other arrays first, and JavaScript tuned like the
 * kernels, whose mean is within a small factor of the memory bandwidth. JavaScript's medians, trimmed means and distances are timed on a
 * tenth of the values, times ten. The last line is JSON.
 */
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { availableParallelism, loadavg } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { round, verdict } from '../e2e/verdict.ts';
import { buildWasm } from '../wasm/build.ts';
import { bundle, runInChromium } from './in-chromium.ts';
import type { Measured } from './page/aggregate.ts';

const BUILD = fileURLToPath(new URL('../build/', import.meta.url));
const INPUT_BYTES = 32 * 4e6;
/** Speed-up over plain JavaScript; bytes per second that the mean reads against those that a copy reads and writes. */
const TARGETS = { mean: 5, median: 25, trimmedMean: 25, distances: 12, meanOfCopyTraffic: 0.8 } as const;
const RULES = ['mean', 'median', 'trimmedMean', 'distances'] as const;

interface Figures {
  readonly ms: Readonly<Record<string, number>>;
  /** By rule, for held vectors; then for passed vectors, and for distances of near ones; then against tuned loops. */
  readonly overPlain: Readonly<Record<string, number>>;
  readonly passedOverPlain: Readonly<Record<string, number>>;
  readonly nearDistancesOverPlain: number;
  readonly overTuned: Readonly<Record<string, number>>;
  readonly meanOfCopyTraffic: number;
  readonly copyTraffic: number;
}

function figuresOf(place: string, { ms, copyTraffic }: Measured): Figures {
  process.stdout.write(`${place}: a copy of 64 MB reads and writes ${copyTraffic.toFixed(1)} GB/s\n`);
  for (const [name, value] of Object.entries(ms)) {
    process.stdout.write(
      `  ${name.padEnd(26)}${value.toFixed(1).padStart(8)} ms${(INPUT_BYTES / value / 1e6).toFixed(1).padStart(7)} GB/s\n`,
    );
  }
  const ratio = (slow: string, fast: string): number => round(ms[slow]! / ms[fast]!, 1);
  const over = (way: string): Record<string, number> =>
    Object.fromEntries(RULES.map((rule) => [rule, ratio(`plain.${rule}`, `${way}.${rule}`)]));
  return {
    ms: Object.fromEntries(Object.entries(ms).map(([name, value]) => [name, round(value, 1)])),
    overPlain: over('held'),
    passedOverPlain: over('passed'),
    nearDistancesOverPlain: ratio('plain.distances', 'held.distances, near'),
    overTuned: { mean: ratio('tuned.mean', 'held.mean'), distances: ratio('tuned.distances', 'held.distances') },
    meanOfCopyTraffic: round(INPUT_BYTES / ms['held.mean']! / 1e6 / copyTraffic, 2),
    copyTraffic: round(copyTraffic, 1),
  };
}

async function inNode(): Promise<Measured> {
  const script = join(BUILD, 'bench/aggregate.mjs');
  await writeFile(script, await bundle('aggregate', 'node'));
  const bench = (await import(pathToFileURL(script).href)) as typeof import('./page/aggregate.ts');
  return bench.measureAll(() => readFile(join(BUILD, 'wasm/aggregate.wasm')));
}

await buildWasm();
await mkdir(join(BUILD, 'bench'), { recursive: true });
const load = [loadavg()[0]!];
const { version, result } = await runInChromium<Measured>(await bundle('aggregate', 'page'), { '/wasm/': join(BUILD, 'wasm/') });
const chromium = figuresOf(`Chromium ${version}`, result);
load.push(loadavg()[0]!);
const node = figuresOf(`Node ${process.versions.node}`, await inNode());
load.push(loadavg()[0]!);

const met = [chromium, node].every(
  ({ overPlain, meanOfCopyTraffic }) =>
    RULES.every((rule) => overPlain[rule]! >= TARGETS[rule]) && meanOfCopyTraffic >= TARGETS.meanOfCopyTraffic,
);
// All cores share caches and memory: a busy machine hides its limits.
const most = Math.max(...load);
const busy = most > availableParallelism() ? `load ${most.toFixed(1)} on ${availableParallelism()} cores` : null;
verdict('bench:aggregate', met ? true : busy === null ? false : null, { busy, chromium, node }, { ...TARGETS });
