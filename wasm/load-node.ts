/** The compiled numerics in Node: reads the file that wasm/build.ts wrote. */
import { readFile } from 'node:fs/promises';
import { createNumerics } from './core.ts';
import type { Numerics } from './numerics.ts';

/** @throws Error when the file is missing (run `npm run build:wasm`) or is no WebAssembly */
export async function loadNumerics(file: string | URL = new URL('../build/wasm/core.wasm', import.meta.url)): Promise<Numerics> {
  return createNumerics(await WebAssembly.compile(await readFile(file)));
}
