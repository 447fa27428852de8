/**
 * The compiled numerics in a page or its workers: fetches the files that the page's build placed beside its scripts.
 * A content security policy needs 'wasm-unsafe-eval'.
 */
import aggregateUrl from '../build/wasm/aggregate.wasm?url&no-inline';
import relaxedUrl from '../build/wasm/core-relaxed.wasm?url&no-inline';
import url from '../build/wasm/core.wasm?url&no-inline';
import type { Aggregator } from './aggregate.ts';
import { createNumerics } from './core.ts';
import type { Numerics } from './numerics.ts';
import { fusedFrom } from './relaxed.ts';

/** @throws Error if the file cannot be fetched or is not WebAssembly */
export async function loadNumerics(): Promise<Numerics> {
  return { ...(await createNumerics(await WebAssembly.compile(await bytesFrom(url)))), aggregator };
}

/** A file of its own, since most tabs only train. */
async function aggregator(): Promise<Aggregator> {
  const { createAggregator } = await import('./aggregate.ts');
  return createAggregator(await WebAssembly.compile(await bytesFrom(aggregateUrl)));
}

/** For training on this device: the relaxed build if it is faster on this machine, else the plain one. @throws Error likewise */
export async function loadTrainingNumerics(): Promise<Numerics> {
  return (await fusedFrom(() => bytesFrom(relaxedUrl))) ?? loadNumerics();
}

async function bytesFrom(from: string): Promise<ArrayBuffer> {
  const response = await fetch(from);
  if (!response.ok) throw new Error(`expected the compiled numerics at ${from}, got HTTP ${response.status}`);
  // Not compileStreaming: it requires the media type, and the file is only thirty kilobytes.
  return response.arrayBuffer();
}
