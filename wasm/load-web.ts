/**
 * The compiled numerics in a page or its workers: fetches the file that the page's build placed beside its scripts.
 * A content security policy needs 'wasm-unsafe-eval'.
 */
import url from '../build/wasm/core.wasm?url&no-inline';
import { createNumerics } from './core.ts';
import type { Numerics } from './numerics.ts';

/** @throws Error when the file cannot be fetched or is no WebAssembly */
export async function loadNumerics(): Promise<Numerics> {
  const response = await fetch(url);
  if (!response.ok) throw new Error(`expected the compiled numerics at ${url}, got HTTP ${response.status}`);
  // Not compileStreaming: it insists on the media type, and the file is a dozen kilobytes.
  return createNumerics(await WebAssembly.compile(await response.arrayBuffer()));
}
