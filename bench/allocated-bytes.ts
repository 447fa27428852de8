/**
 * What a call takes of fresh memory for arrays once it has warmed up, in bytes, by the engine's own counter, in Node. Views and other small
 * objects are not counted: they lie on the heap, in pages that are used again. The median over turns in which no garbage was collected.
 */
import { GCProfiler } from 'node:v8';
import { quantile } from './page/alternate.ts';

const TURNS = 15;
/** Turns that a collection fell into are taken again, so often at most. */
const TRIES = 200;
const WARM = 300;

/** @param before each turn, what is needed for so many calls and not counted */
export function allocatedBytes(call: () => void, calls = 10, before: () => void = () => {}): number {
  for (let i = 0; i < WARM; i += calls) {
    before();
    for (let j = 0; j < calls; j++) call();
  }
  const turns: number[] = [];
  for (let i = 0; turns.length < TURNS && i < TRIES; i++) {
    before();
    const bytes = turnOf(call, calls);
    if (bytes !== null) turns.push(bytes);
  }
  if (turns.length < TURNS) throw new Error(`expected ${TURNS} turns without a collection, got ${turns.length}`);
  return quantile(turns, 0.5) / calls;
}

/** Null where garbage was collected. */
function turnOf(call: () => void, calls: number): number | null {
  const profiler = new GCProfiler();
  profiler.start();
  const from = process.memoryUsage().arrayBuffers;
  for (let i = 0; i < calls; i++) call();
  const bytes = process.memoryUsage().arrayBuffers - from;
  return profiler.stop().statistics.length > 0 ? null : bytes;
}
