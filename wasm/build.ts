/**
 * Compiles the AssemblyScript kernels to build/wasm/core.wasm, unless that file is newer than all it is made from.
 * One build, plain SIMD: bit-identical on every engine (relaxed SIMD is not, by specification).
 */
import { mkdir, readdir, rename, stat, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import asc from 'assemblyscript/asc';

const ASSEMBLY = fileURLToPath(new URL('./assembly', import.meta.url));
const OUTPUT = fileURLToPath(new URL('../build/wasm/core.wasm', import.meta.url));
const FLAGS = ['--runtime', 'stub', '-O3', '--noAssert', '--enable', 'simd', '--maximumMemory', '16384'];

interface WasmBuild {
  readonly file: string;
  readonly bytes: number;
  /** False when the file was up to date. */
  readonly compiled: boolean;
}

/** @throws Error with the compiler's messages */
export async function buildWasm(): Promise<WasmBuild> {
  if ((await changed(OUTPUT)) > (await lastSourceChange())) {
    return { file: OUTPUT, bytes: (await stat(OUTPUT)).size, compiled: false };
  }
  const wasm = await compile();
  await mkdir(dirname(OUTPUT), { recursive: true });
  // Renamed into place, so that a test or a server beside this never reads half a file.
  const partial = `${OUTPUT}.${process.pid}`;
  await writeFile(partial, wasm);
  await rename(partial, OUTPUT);
  return { file: OUTPUT, bytes: wasm.byteLength, compiled: true };
}

async function compile(): Promise<Uint8Array> {
  let wasm: Uint8Array | undefined;
  const { error, stderr } = await asc.main(['core.ts', '--baseDir', ASSEMBLY, '--outFile', 'core.wasm', ...FLAGS], {
    writeFile: (name, contents) => {
      if (basename(name) === 'core.wasm' && typeof contents !== 'string') wasm = contents;
    },
  });
  if (error !== null) throw new Error(`${error.message}\n${stderr.toString()}`, { cause: error });
  if (wasm === undefined) throw new Error('the compiler wrote no core.wasm');
  return wasm;
}

async function lastSourceChange(): Promise<number> {
  const sources = (await readdir(ASSEMBLY)).map((name) => join(ASSEMBLY, name));
  const times = await Promise.all([ASSEMBLY, fileURLToPath(import.meta.url), ...sources].map(changed));
  return Math.max(...times);
}

/** Milliseconds since the epoch, or -Infinity for a file that is not there. */
async function changed(file: string): Promise<number> {
  try {
    return (await stat(file)).mtimeMs;
  } catch {
    return -Infinity;
  }
}

if (import.meta.main) {
  const { bytes, compiled } = await buildWasm();
  process.stdout.write(`build/wasm/core.wasm: ${bytes} bytes, ${compiled ? 'compiled' : 'up to date'}\n`);
}
