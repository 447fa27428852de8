/** The compiled numerics in Node: reads the file that wasm/build.ts wrote. */
import { readFile } from 'node:fs/promises';
import { createAggregator, type Aggregator } from './aggregate.ts';
import { createNumerics } from './core.ts';
import { fusedFrom } from './relaxed.ts';
import type { Numerics } from './numerics.ts';

/** @throws Error if the file is missing (run `npm run build:wasm`) or not WebAssembly */
export async function loadNumerics(file: string | URL = new URL('../build/wasm/core.wasm', import.meta.url)): Promise<Numerics> {
  return { ...(await createNumerics(await WebAssembly.compile(await readFile(file)))), aggregator };
}

async function aggregator(): Promise<Aggregator> {
  return createAggregator(await WebAssembly.compile(await readFile(new URL('../build/wasm/aggregate.wasm', import.meta.url))));
}

/** For training on this device: the relaxed build if it is faster on this machine, else the plain one. @throws Error likewise */
export async function loadTrainingNumerics(): Promise<Numerics> {
  return (await fusedFrom(() => readFile(new URL('../build/wasm/core-relaxed.wasm', import.meta.url)))) ?? loadNumerics();
}
