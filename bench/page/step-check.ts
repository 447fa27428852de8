/**
 * Checks that the contenders of `npm run prove -- bench:step` do the same work: each one's gradient of one lot against the oracle's
 * (wasm/reference). The bench stops if they differ.
 */
import { gridFor, SHORT_ERROR } from '#wasm/grid';
import type { Numerics, Rows } from '#wasm/numerics';
import { oracle } from '#wasm/reference/model';
import { openMlp, type MlpSpec } from '#wasm/seeded-run.fixture';
import { jaxBatch, jaxMlp } from './jax-mlp.ts';
import { plainMlp } from './plain-mlp.ts';
import { TFJS_WAYS, tfjsBatch, tfjsMlp } from './tfjs-mlp.ts';

export interface Task {
  readonly spec: MlpSpec & { readonly sizes: readonly [number, number, number] };
  readonly rows: Rows & { readonly y: Int32Array };
  readonly start: Float32Array;
  readonly clip: number;
  readonly gridBits: number;
}

/** f32 sums over 256 rows stay far below this, and short factors (grid-sum.ts) below; a wrong sign or scale or a forgotten bias is far above. */
const ERROR_MAX = SHORT_ERROR;
/** A large step, so that rounding of the parameters does not hide the gradient. */
const RATE = 1;
const FINEST = 20;

/** @returns relative distance in L2 of one of our builds: its SGD step and its clipped sum. @throws Error beyond the bound */
export function checkBuild(numerics: Numerics, task: Task, lot: Int32Array): { sgd: number; clip: number } {
  const truth = truthOf(task, lot);
  const mlp = openMlp(numerics, task.spec, lot.length);
  mlp.setParameters(task.start);
  const clip = bounded('clip', distance(mlp.clippedSum(task.rows, lot, task).steps, truth.clipped));
  mlp.sgdStep(task.rows, lot, RATE);
  const sgd = bounded('sgd', distance(mlp.parameters(), truth.after, task.start));
  mlp.free();
  return { sgd, clip };
}

export function checkPlain({ spec, rows, start, ...task }: Task, lot: Int32Array): number {
  const plain = plainMlp(spec.sizes, start, rows.x, rows.y);
  plain.step(lot, RATE);
  return bounded('js', distance(plain.parameters(), truthOf({ spec, rows, start, ...task }, lot).after, start));
}

/** @returns by way */
export function checkTfjs(task: Task, lot: Int32Array): Record<string, number> {
  const { spec, rows, start } = task;
  const { after } = truthOf(task, lot);
  const batch = tfjsBatch(rows.x, rows.y, lot, spec.sizes[0], spec.sizes[2]);
  const errors = TFJS_WAYS.map((way) => {
    const peer = tfjsMlp(spec.sizes, start, RATE);
    peer.step(way, batch);
    const error = bounded(`tfjs ${way}`, distance(peer.parameters(), after, start));
    peer.dispose();
    return [`tfjs.${way}`, error] as const;
  });
  // Its loop with clipping, without noise: the step is then the clipped sum.
  const peer = tfjsMlp(spec.sizes, start, RATE);
  peer.privateStep(batch, task.clip, 0);
  const sum = Float64Array.from(peer.parameters(), (value, i) => ((start[i]! - value) * lot.length) / RATE);
  // Ours clips slightly shorter, because it rounds to the grid: little, on the finest grid. All examples of this task are longer than
  // the clip.
  const { reach } = gridFor(start.length, task.clip, FINEST);
  const expected = Float64Array.from(truthOf(task, lot, FINEST).clipped, (steps) => (steps * task.clip) / reach);
  const error = bounded('tfjs dp', distance(sum, expected));
  peer.dispose();
  batch.x.dispose();
  batch.y.dispose();
  return { ...Object.fromEntries(errors), 'tfjs.dp': error };
}

/** @returns distances of its step in this thread and in its pool */
export async function checkJax({ spec, rows, start, ...task }: Task, lot: Int32Array): Promise<Record<string, number>> {
  const { after } = truthOf({ spec, rows, start, ...task }, lot);
  const batch = jaxBatch(rows.x, rows.y, lot, spec.sizes[0], spec.sizes[2]);
  const errors: Record<string, number> = {};
  for (const way of ['step', 'stepInPool'] as const) {
    const peer = jaxMlp(spec.sizes, start, RATE);
    await peer[way](batch);
    errors[`jax.${way}`] = bounded(`jax ${way}`, distance(peer.parameters(), after, start));
    peer.dispose();
  }
  batch.x.dispose();
  batch.y.dispose();
  return errors;
}

const truths = new WeakMap<Int32Array, { after: Float32Array; clipped: Int32Array }>();

function truthOf(
  { spec, rows, start, clip, ...task }: Task,
  lot: Int32Array,
  gridBits = task.gridBits,
): { after: Float32Array; clipped: Int32Array } {
  const known = truths.get(lot);
  if (known !== undefined && gridBits === task.gridBits) return known;
  const mlp = openMlp(oracle, spec, lot.length);
  mlp.setParameters(start);
  const clipped = mlp.clippedSum(rows, lot, { clip, gridBits }).steps;
  mlp.sgdStep(rows, lot, RATE);
  const truth = { after: mlp.parameters(), clipped };
  if (gridBits === task.gridBits) truths.set(lot, truth);
  return truth;
}

/** |a - b| / |b - origin|. */
function distance(a: ArrayLike<number>, b: ArrayLike<number>, origin?: ArrayLike<number>): number {
  let [apart, length] = [0, 0];
  for (let i = 0; i < b.length; i++) {
    apart += (a[i]! - b[i]!) ** 2;
    length += (b[i]! - (origin?.[i] ?? 0)) ** 2;
  }
  return Math.sqrt(apart / length);
}

function bounded(what: string, error: number): number {
  if (!(error <= ERROR_MAX)) throw new Error(`${what}: expected the oracle's gradient within ${ERROR_MAX}, got ${error}`);
  return error;
}
