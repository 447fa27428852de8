/**
 * Measures the first view from the build, without relay and browser (`bench:first-view` measures the wire): the gzipped JavaScript and CSS
 * that index.html needs before any click, from the build's manifest, and the gzipped kernels (each build of the core, and the aggregation).
 * Exits 1 above the budget, or if the first view contains a part that must load later. The last line is JSON.
 */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { build, type Manifest } from 'vite';
import { buildWasm } from '../wasm/build.ts';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const PAGE = join(ROOT, 'dist/page');
const TARGETS = { firstViewJsBytesMax: 60_000, firstViewCssBytesMax: 12_000, wasmBytesMax: 60_000 } as const;
/** Text that only these libraries contain: names of errors and options, which minifiers do not rename. */
const MUST_WAIT = { 'simple-peer': 'ERR_WEBRTC_SUPPORT', zod: 'invalid_union', uplot: 'u-cursor-x' } as const;
const WASM = ['core', 'core-relaxed', 'aggregate'] as const;

await buildWasm();
await build({ root: join(ROOT, 'web'), configFile: join(ROOT, 'vite.config.ts'), logLevel: 'warn' });
const manifest = JSON.parse(await readFile(join(PAGE, '.vite/manifest.json'), 'utf8')) as Manifest;

/** The entry and everything it imports statically. */
function firstView(key: string, seen = new Set<string>()): Set<string> {
  if (seen.has(key)) return seen;
  seen.add(key);
  for (const next of manifest[key]?.imports ?? []) firstView(next, seen);
  return seen;
}

const read = (file: string) => readFile(join(PAGE, file));
const gzipped = async (files: Iterable<string>) => {
  let total = 0;
  for (const file of files) {
    const size = gzipSync(await read(file), { level: 9 }).length;
    process.stdout.write(`${String(size).padStart(8)} B gz  ${file}\n`);
    total += size;
  }
  return total;
};

const entry = Object.keys(manifest).find((key) => manifest[key]!.isEntry);
if (entry === undefined) throw new Error('expected an entry in the build manifest, got none');
const chunks = [...firstView(entry)].map((key) => manifest[key]!);
const first = new Set(chunks.map((chunk) => chunk.file));
const js = await gzipped(first);
const css = await gzipped(new Set(chunks.flatMap((chunk) => chunk.css ?? [])));

/** Compiled kernels by name: a page loads one build of the core, and the aggregation if it is used. */
const wasm: Record<string, number> = {};
for (const name of WASM) {
  wasm[name] = gzipSync(await readFile(join(ROOT, 'build/wasm', `${name}.wasm`)), { level: 9 }).length;
  process.stdout.write(`${String(wasm[name]).padStart(8)} B gz  ${name}.wasm\n`);
}
const wasmWhole = Math.max(wasm['core']!, wasm['core-relaxed']!) + wasm['aggregate']!;

const scripts = Object.values(manifest)
  .map((chunk) => chunk.file)
  .filter((file) => file.endsWith('.js'));
const holders = async (mark: string) => {
  const found = [];
  for (const file of new Set(scripts)) if ((await read(file)).includes(mark)) found.push(file);
  return found;
};
const waits: Record<string, boolean> = {};
for (const [name, mark] of Object.entries(MUST_WAIT)) {
  const found = await holders(mark);
  waits[name] = found.length > 0 && found.every((file) => !first.has(file));
}

const small = js <= TARGETS.firstViewJsBytesMax && css <= TARGETS.firstViewCssBytesMax && wasmWhole <= TARGETS.wasmBytesMax;
const pass = small && Object.values(waits).every(Boolean);
const figures = { firstViewJsBytes: js, firstViewCssBytes: css, wasmBytes: wasmWhole, wasm, waits };
process.stdout.write(`${JSON.stringify({ name: 'size', pass, figures, targets: { ...TARGETS, waits: Object.keys(MUST_WAIT) } })}\n`);
process.exitCode = pass ? 0 : 1;
