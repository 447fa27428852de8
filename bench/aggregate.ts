/**
 * `npm run prove -- bench:aggregate`: mean, median, trimmed mean (6 + 6) and Krum's distances of 32 vectors of a million values, on our
 * kernels, in Chromium and in Node, in one run on one thread. Held vectors are judged, against C with 128-bit vectors that checks the values
 * too (native-sums.c), and the mean also against a copy of memory. Also reported: C that does not check, and C that prefetches, for which
 * WebAssembly has no instruction; vectors copied from other arrays first; and plain JavaScript, also tuned like the kernels. JavaScript's
 * medians, trimmed means and distances are timed on a tenth of the values, times ten. The last line is JSON.
 */
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { availableParallelism, loadavg } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { round, verdict } from '../e2e/verdict.ts';
import { buildWasm } from '../wasm/build.ts';
import { bundle, runInChromium } from './in-chromium.ts';
import { openNativeSums, type NativeSums } from './native-sums.ts';
import type { Measured } from './page/aggregate.ts';

const BUILD = fileURLToPath(new URL('../build/', import.meta.url));
const INPUT_BYTES = 32 * 4e6;
/**
 * The mean reads so many bytes a second of those that a copy reads and writes, or is as fast as so much of C's; the others of C's. Times
 * plain JavaScript where there is no C.
 */
const TARGETS = { meanOfCopyTraffic: 0.75, ofNative: { mean: 0.9, median: 0.8, trimmedMean: 0.8, distances: 0.8 } } as const;
const WITHOUT_NATIVE = { mean: 4, median: 25, trimmedMean: 20, distances: 11 } as const;
/** Turns of the C program before, between and after the others. */
const NATIVE_TURNS = 7;
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
  /** C's time over ours, or null without C. */
  readonly ofNative: Readonly<Record<string, number>> | null;
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
    ofNative: null,
  };
}

function besideNative(figures: Figures, native: NativeSums): Figures {
  const of = (rule: string): number => round(native.best(rule, { checked: true, prefetched: false }).ms / figures.ms[`held.${rule}`]!, 2);
  return { ...figures, ofNative: Object.fromEntries(RULES.map((rule) => [rule, of(rule)])) };
}

function tellNative(native: NativeSums): Readonly<Record<string, number>> {
  const kinds = { checked: [true, false], unchecked: [false, false], prefetched: [true, true] } as const;
  const told: Record<string, number> = {};
  for (const rule of RULES) {
    for (const [kind, [checked, prefetched]] of Object.entries(kinds)) {
      const { name, ms } = native.best(rule, { checked, prefetched });
      told[`${rule}, ${kind}`] = round(ms, 1);
      process.stdout.write(`  C ${`${rule}, ${kind}: ${name}`.padEnd(40)}${ms.toFixed(1).padStart(8)} ms\n`);
    }
  }
  return told;
}

function isMet({ overPlain, meanOfCopyTraffic, ofNative }: Figures): boolean {
  if (ofNative === null) return RULES.every((rule) => overPlain[rule]! >= WITHOUT_NATIVE[rule]);
  const asFast = (rule: (typeof RULES)[number]): boolean => ofNative[rule]! >= TARGETS.ofNative[rule];
  return RULES.every((rule) => asFast(rule) || (rule === 'mean' && meanOfCopyTraffic >= TARGETS.meanOfCopyTraffic));
}

async function inNode(): Promise<Measured> {
  const script = join(BUILD, 'bench/aggregate.mjs');
  await writeFile(script, await bundle('aggregate', 'node'));
  const bench = (await import(pathToFileURL(script).href)) as typeof import('./page/aggregate.ts');
  return bench.measureAll(() => readFile(join(BUILD, 'wasm/aggregate.wasm')));
}

await buildWasm();
await mkdir(join(BUILD, 'bench'), { recursive: true });
const native = openNativeSums();
const measureNative = () => (typeof native === 'string' ? undefined : native.measure(NATIVE_TURNS));
const load = [loadavg()[0]!];
measureNative();
const { version, result } = await runInChromium<Measured>(await bundle('aggregate', 'page'), { '/wasm/': join(BUILD, 'wasm/') });
measureNative();
load.push(loadavg()[0]!);
const measuredInNode = await inNode();
measureNative();
load.push(loadavg()[0]!);

const both = [figuresOf(`Chromium ${version}`, result), figuresOf(`Node ${process.versions.node}`, measuredInNode)] as const;
if (typeof native === 'string') process.stdout.write(`no C beside it: ${native}\n`);
const c = typeof native === 'string' ? null : tellNative(native);
const [chromium, node] = typeof native === 'string' ? both : ([besideNative(both[0], native), besideNative(both[1], native)] as const);

const met = isMet(chromium) && isMet(node);
// All cores share caches and memory: a busy machine hides its limits.
const most = Math.max(...load);
const busy = most > availableParallelism() ? `load ${most.toFixed(1)} on ${availableParallelism()} cores` : null;
verdict('bench:aggregate', met ? true : busy === null ? false : null, { busy, chromium, node, c }, { ...TARGETS });
