/**
 * Compiles the AssemblyScript kernels unless the outputs are newer than all their sources: build/wasm/core.wasm, plain SIMD, bit-identical
 * on every engine; core-relaxed.wasm from the same source, faster if the machine fuses multiply and add; and aggregate.wasm, plain only,
 * for peers that aggregate or recompute.
 */
import { mkdir, readdir, rename, stat, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import asc from 'assemblyscript/asc';

const ASSEMBLY = fileURLToPath(new URL('./assembly', import.meta.url));
const OUTPUT = fileURLToPath(new URL('../build/wasm', import.meta.url));
const FLAGS = ['--runtime', 'stub', '-O3', '--noAssert', '--enable', 'simd', '--maximumMemory', '16384'];
export const RELAXED: readonly string[] = ['--enable', 'relaxed-simd'];
interface Build {
  /** A file of assembly/. */
  readonly entry: string;
  readonly flags: readonly string[];
}
const BUILDS: Readonly<Record<string, Build>> = {
  'core.wasm': { entry: 'core.ts', flags: [] },
  'core-relaxed.wasm': { entry: 'core.ts', flags: RELAXED },
  'aggregate.wasm': { entry: 'aggregate.ts', flags: [] },
};

interface WasmBuild {
  /** Bytes by file name. */
  readonly bytes: Readonly<Record<string, number>>;
  /** False when the files were up to date. */
  readonly compiled: boolean;
}

/** @throws Error with the compiler's messages */
export async function buildWasm(): Promise<WasmBuild> {
  const source = await lastSourceChange();
  let compiled = false;
  const bytes: Record<string, number> = {};
  for (const [name, { entry, flags }] of Object.entries(BUILDS)) {
    const file = join(OUTPUT, name);
    if ((await changed(file)) <= source) {
      await place(file, await compile(entry, flags));
      compiled = true;
    }
    bytes[name] = (await stat(file)).size;
  }
  return { bytes, compiled };
}

/** Renamed into place, so that a concurrent test or server never reads half a file. */
async function place(file: string, wasm: Uint8Array): Promise<void> {
  await mkdir(dirname(file), { recursive: true });
  const partial = `${file}.${process.pid}`;
  await writeFile(partial, wasm);
  await rename(partial, file);
}

/** @param entry a file of assembly/. @throws Error with the compiler's messages */
export async function compile(entry: string, flags: readonly string[] = []): Promise<Uint8Array<ArrayBuffer>> {
  let wasm: Uint8Array<ArrayBuffer> | undefined;
  const { error, stderr } = await asc.main([entry, '--baseDir', ASSEMBLY, '--outFile', 'out.wasm', ...FLAGS, ...flags], {
    writeFile: (name, contents) => {
      if (basename(name) === 'out.wasm' && typeof contents !== 'string') wasm = new Uint8Array(contents);
    },
  });
  if (error !== null) throw new Error(`${error.message}\n${stderr.toString()}`, { cause: error });
  if (wasm === undefined) throw new Error(`the compiler wrote nothing for ${entry}`);
  return wasm;
}

async function lastSourceChange(): Promise<number> {
  const sources = (await readdir(ASSEMBLY, { recursive: true })).map((name) => join(ASSEMBLY, name));
  const times = await Promise.all([ASSEMBLY, fileURLToPath(import.meta.url), ...sources].map(changed));
  return Math.max(...times);
}

/** Milliseconds since the epoch, or -Infinity for a missing file. */
async function changed(file: string): Promise<number> {
  try {
    return (await stat(file)).mtimeMs;
  } catch {
    return -Infinity;
  }
}

if (import.meta.main) {
  const { bytes, compiled } = await buildWasm();
  for (const [name, size] of Object.entries(bytes)) {
    process.stdout.write(`build/wasm/${name}: ${size} bytes, ${compiled ? 'compiled' : 'up to date'}\n`);
  }
}
