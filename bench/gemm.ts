/**
 * `npm run prove -- bench:gemm`: matrix products in f32, our kernel's two builds against tfjs-wasm (XNNPACK) in one run, in Chromium and in
 * Node, and against the core's peak at 128 bits (native-peak.c, before and after each). The last line is JSON.
 */
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { availableParallelism, loadavg } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { round, verdict } from '../e2e/verdict.ts';
import { buildWasm } from '../wasm/build.ts';
import { bundle, runInChromium, TFJS_FILES } from './in-chromium.ts';
import { openNativePeak, type NativePeak } from './native-peak.ts';
import { quantile } from './page/alternate.ts';
import type { Product } from './page/gemm.ts';

const BUILD = fileURLToPath(new URL('../build/', import.meta.url));
/** The plain build against the peak of separate multiply and add, since plain SIMD has no other. */
const TARGETS = { overTfjsMin: 1.2, plainOfPeakMin: 0.85, relaxedOfFusedPeakMin: 0.88 } as const;
/** Shapes that the peak is judged at. */
const SQUARES = ['256x256x256', '512x512x512'] as const;

interface Figures {
  readonly gflops: Readonly<Record<string, number>>;
  readonly plainOverTfjs: number;
  readonly relaxedOverTfjs: number | null;
  readonly plainOfPeak: number | null;
  readonly relaxedOfFusedPeak: number | null;
}

function figuresOf(place: string, products: readonly Product[], peak: NativePeak | null): Record<string, Figures> {
  const all: Record<string, Figures> = {};
  for (const { m, k, n, gflops } of products) {
    const shape = `${m}x${k}x${n}`;
    const list = Object.entries(gflops).map(([name, value]) => `${name} ${value.toFixed(1)}`);
    process.stdout.write(`${place}, ${shape}: ${list.join(', ')} GFLOP/s\n`);
    const [plain, relaxed, tfjs] = [gflops['plain']!, gflops['relaxed'], gflops['tfjs']!];
    all[shape] = {
      gflops: Object.fromEntries(Object.entries(gflops).map(([name, value]) => [name, round(value, 1)])),
      plainOverTfjs: round(plain / tfjs, 2),
      relaxedOverTfjs: relaxed === undefined ? null : round(relaxed / tfjs, 2),
      plainOfPeak: peak === null ? null : round(plain / peak.mulAdd, 2),
      relaxedOfFusedPeak: peak === null || relaxed === undefined || peak.fused === 0 ? null : round(relaxed / peak.fused, 2),
    };
  }
  return all;
}

async function inNode(): Promise<Product[]> {
  const script = join(BUILD, 'bench/gemm.mjs');
  await writeFile(script, await bundle('gemm', 'node'));
  const bench = (await import(pathToFileURL(script).href)) as typeof import('./page/gemm.ts');
  return bench.measureAll((name) => readFile(join(BUILD, 'wasm', `${name}.wasm`)), TFJS_FILES);
}

await buildWasm();
await mkdir(join(BUILD, 'bench'), { recursive: true });
const probe = openNativePeak();
const measurePeak = (): NativePeak[] => (typeof probe === 'string' ? [] : [probe()]);
const peaks = measurePeak();
const files = { '/wasm/': join(BUILD, 'wasm/'), '/tfjs/': TFJS_FILES };
const { version, result } = await runInChromium<Product[]>(await bundle('gemm', 'page'), files);
peaks.push(...measurePeak());
const products = await inNode();
peaks.push(...measurePeak());

const peak: NativePeak | null =
  typeof probe === 'string'
    ? null
    : {
        mulAdd: round(
          quantile(
            peaks.map((one) => one.mulAdd),
            0.5,
          ),
          1,
        ),
        fused: round(
          quantile(
            peaks.map((one) => one.fused),
            0.5,
          ),
          1,
        ),
      };
const chromium = figuresOf(`Chromium ${version}`, result, peak);
const node = figuresOf(`Node ${process.versions.node}`, products, peak);
const all = [...Object.values(chromium), ...Object.values(node)];
const faster = all.every((one) => one.plainOverTfjs >= TARGETS.overTfjsMin && (one.relaxedOverTfjs ?? Infinity) >= TARGETS.overTfjsMin);
/** A narrow product is bound by what it reads; its share of the peak is a figure only. */
const squares = [chromium, node].flatMap((place) => SQUARES.map((shape) => place[shape]!));
const nearPeak = squares.every(
  (one) => (one.plainOfPeak ?? Infinity) >= TARGETS.plainOfPeakMin && (one.relaxedOfFusedPeak ?? Infinity) >= TARGETS.relaxedOfFusedPeakMin,
);
const native = typeof probe === 'string' ? probe : peak;
// The peak comes from another process at another time: on a busy machine only ratios within one run are reliable.
const busy = loadavg()[0]! > availableParallelism() ? `load ${loadavg()[0]!.toFixed(1)} on ${availableParallelism()} cores` : null;
const pass = !faster ? false : peak === null || (busy !== null && !nearPeak) ? null : nearPeak;
verdict('bench:gemm', pass, { native, busy, chromium, node }, TARGETS);
