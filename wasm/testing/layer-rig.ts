/**
 * Compares one layer's kernels with the oracle's rule: values, deltas, gradients of units and blocks, padding. Memory that an op must write
 * is full of NaN, and blocks of several lengths follow each other, so that leftovers cannot pass for results.
 */
import { readFile } from 'node:fs/promises';
import { expect } from 'vitest';
import type { Layer } from '#protocol/model/layers';
import { planNetwork, valuesOf, type NetworkLayer, type Shape } from '#protocol/model/architecture';
import { buildWasm } from '../build.ts';
import type { Kernels } from '../kernels.ts';
import { floatsAt, panelsOf, positionsOf, type Op, type Place, type Units, type Value } from '../layers/op.ts';
import type { Kind, OfKind, Rule } from '../reference/layer-rule.ts';
import { uniform } from '../seeded-run.fixture.ts';

const BLOCK_ROWS = 7;
const MEMORY_PAGES = 256;

export interface Rig {
  readonly place: Place;
  /** @param isDense unpadded and without a delta, like the network's own input */
  value(shape: Shape, isDense?: boolean): Value;
  write(value: Value, at: number, examples: readonly Float64Array[]): void;
  /** Checks that the padding is zero. */
  read(value: Value, at: number, n: number): Float64Array[];
}

let compiled: Promise<WebAssembly.Module> | undefined;

async function compile(): Promise<WebAssembly.Module> {
  await buildWasm();
  return WebAssembly.compile(await readFile(new URL('../../build/wasm/core.wasm', import.meta.url)));
}

export async function openRig(): Promise<Rig> {
  compiled ??= compile();
  const abort = (): never => {
    throw new Error('a kernel aborted');
  };
  const instance = await WebAssembly.instantiate(await compiled, { env: { abort } });
  const kernels = instance.exports as unknown as Kernels;
  kernels.memory.grow(MEMORY_PAGES);
  let free = Math.ceil(kernels.heapBase() / 64) * 64;
  const bytes = (count: number): number => {
    const at = free;
    free += Math.ceil(count / 64) * 64;
    if (free > kernels.memory.buffer.byteLength) throw new RangeError(`expected a layer that fits the rig, got ${free} bytes`);
    return at;
  };

  return {
    place: { kernels, blockRows: BLOCK_ROWS, bytes, scratch: bytes(kernels.scratchBytes()) },
    value(shape, isDense = false) {
      const step = isDense ? shape.channels * 4 : panelsOf(shape.channels) * 32;
      const stride = Math.ceil((positionsOf(shape) * step) / 16) * 16;
      const [at, delta] = [bytes(BLOCK_ROWS * stride), isDense ? 0 : bytes(BLOCK_ROWS * stride)];
      return { shape, at, stride, step: positionsOf(shape) === 1 ? stride : step, delta };
    },
    write({ shape, stride, step }, at, examples) {
      for (const [m, example] of examples.entries()) {
        for (let p = 0; p < positionsOf(shape); p++) {
          floatsAt(kernels, at + m * stride + p * step, shape.channels).set(example.subarray(p * shape.channels, (p + 1) * shape.channels));
        }
      }
    },
    read({ shape, stride, step }, at, n) {
      return Array.from({ length: n }, (_, m) => {
        const values = Array.from({ length: positionsOf(shape) }, (_p, p) => {
          const filled = Array.from(floatsAt(kernels, at + m * stride + p * step, step / 4));
          if (!filled.slice(shape.channels).every((value) => value === 0)) expect.fail(`filling of example ${m}, position ${p}: ${filled}`);
          return filled.slice(0, shape.channels);
        });
        return Float64Array.from(values.flat());
      });
    },
  };
}

/** The layer as a network would plan it; its parameters come first. It may change the number of channels only as embeddings do. */
export function plannedLayer<K extends Kind>(input: Shape, layer: Extract<Layer, { kind: K }>): OfKind<K> {
  // A network needs parameters: a norm behind the layer provides some.
  const channels = 'width' in layer ? layer.width : input.channels;
  const network = planNetwork(input, [layer, { kind: 'group-norm', groups: 1, channels }]);
  return network.layers[0] as unknown as OfKind<K>;
}

export interface Trial<K extends Kind> {
  readonly input: Shape;
  readonly layer: Extract<Layer, { kind: K }>;
  readonly isDense?: boolean;
  /** Makes a value of the input; uniform in [-1, 1) by default. */
  readonly draw?: (random: () => number) => number;
}

export type MakeOp<K extends Kind> = (place: Place, layer: OfKind<K>, input: Value, output: Value) => Op;

/** @throws through vitest's expect, at the first difference */
export async function expectLayer<K extends Kind>(trial: Trial<K>, make: MakeOp<K>, rule: Rule<K>): Promise<void> {
  const rig = await openRig();
  const { kernels } = rig.place;
  const layer = plannedLayer(trial.input, trial.layer);
  const [input, output] = [rig.value(layer.input, trial.isDense), rig.value(layer.output)];
  const op = make(rig.place, layer, input, output);
  const count = layer.tensors.reduce((sum, { length }) => sum + length, 0);
  expect(op.weights?.count ?? 0).toBe(count);

  const random = uniform(7);
  const signed = (): number => 2 * random() - 1;
  const parameters = Float32Array.from({ length: count }, signed);
  op.weights?.load(parameters);
  const examples = (shape: Shape, n: number, draw: () => number): Float64Array[] =>
    Array.from({ length: n }, () => Float64Array.from({ length: valuesOf(shape) }, () => Math.fround(draw())));

  for (const sizes of [[1, 1, 1, 1, 1, 1, 1], [2, 3], [1], [4]]) {
    const n = sizes.reduce((sum, size) => sum + size, 0);
    const x = examples(layer.input, n, () => trial.draw?.(random) ?? signed());
    const delta = examples(layer.output, n, signed);
    const pass = { n, rows: 0, seed: 0 };
    rig.write(input, input.at, x);
    floatsAt(kernels, output.at, (BLOCK_ROWS * output.stride) / 4).fill(NaN);
    op.forward(pass);
    near(
      rig.read(output, output.at, n),
      x.map((example) => rule.forward(layer, example, parameters)),
    );

    // A later activation may have overwritten the output, which the backward pass does not need.
    floatsAt(kernels, output.at, (BLOCK_ROWS * output.stride) / 4).fill(NaN);
    floatsAt(kernels, output.delta, (BLOCK_ROWS * output.stride) / 4).fill(0);
    rig.write(output, output.delta, delta);
    if (input.delta !== 0) floatsAt(kernels, input.delta, (BLOCK_ROWS * input.stride) / 4).fill(NaN);
    const gradients = x.map(() => new Float64Array(count));
    const back = x.map((example, m) => rule.backward(layer, example, delta[m]!, parameters, gradients[m]!));
    op.backward(pass);
    if (input.delta !== 0) near(rig.read(input, input.delta, n), back);
    if (op.weights !== undefined) tryWeights(rig, layer, op, sizes, gradients, parameters);
  }
}

function tryWeights(
  { place }: Rig,
  { tensors }: NetworkLayer,
  { weights }: Op,
  sizes: readonly number[],
  gradients: readonly Float64Array[],
  parameters: Float32Array,
): void {
  const { kernels } = place;
  const w = weights!;
  const count = parameters.length;
  expect(tensors[0]!.offset).toBe(0);
  const stored = new Float32Array(count);
  w.store(stored);
  expect(stored).toEqual(parameters);

  w.clearSums();
  w.addGradients(gradients.length);
  const sums = new Float32Array(count);
  w.storeSums(sums);
  near([Float64Array.from(sums)], [sum(gradients, count)]);
  w.step(-0.25);
  w.store(stored);
  near([Float64Array.from(stored)], [Float64Array.from(parameters, (value, i) => value - 0.25 * sums[i]!)]);
  w.load(parameters);

  const first = Int32Array.from([0, ...sizes.map((_, u) => sizes.slice(0, u + 1).reduce((a, b) => a + b))]);
  const units: Units = { count: sizes.length, first, single: sizes.every((size) => size === 1) };
  const ofUnits = sizes.map((_, u) => sum(gradients.slice(first[u], first[u + 1]), count));
  const [norms, factors] = [place.bytes(sizes.length * 8), place.bytes(sizes.length * 8)];
  const squares = new Float64Array(kernels.memory.buffer, norms, sizes.length).fill(2);
  w.clearSums();
  w.addNorms(units, norms);
  const expected = ofUnits.map((gradient) => gradient.reduce((total, value) => total + value * value, 2));
  near([squares], [Float64Array.from(expected)]);

  // The second unit is left out.
  const factor = ofUnits.map((_, u) => (u === 1 ? 0 : 1000 / (u + 1)));
  new Float64Array(kernels.memory.buffer, factors, sizes.length).set(factor);
  w.addSteps(units, factors, 10);
  const steps = new Int32Array(count);
  w.storeSums(steps);
  for (let i = 0; i < count; i++) {
    const exact = ofUnits.reduce((total, gradient, u) => total + gradient[i]! * factor[u]!, 0);
    const kept = factor.filter((value) => value !== 0).length;
    const isNear = Math.abs(steps[i]! - exact) < 0.5 * kept + 0.05;
    const isZero = steps[i] === 0 || ofUnits.some((gradient) => gradient[i] !== 0);
    if (!isNear || !isZero) expect.fail(`parameter ${i}: ${steps[i]} steps for ${exact}`);
  }
}

const sum = (vectors: readonly Float64Array[], length: number): Float64Array =>
  new Float64Array(length).map((_, i) => vectors.reduce((total, vector) => total + vector[i]!, 0));

/** Within 1e-5 of the largest number of all. */
export function near(got: readonly Float64Array[], expected: readonly Float64Array[]): void {
  expect(got.length).toBe(expected.length);
  const top = Math.max(1, ...expected.map((values) => values.reduce((most, value) => Math.max(most, Math.abs(value)), 0)));
  for (const [m, values] of expected.entries()) {
    for (const [i, value] of values.entries()) {
      // Calling `expect` for each value would take most of the time. Written so that NaN fails.
      if (!(Math.abs(got[m]![i]! - value) <= 1e-5 * top)) expect.fail(`example ${m}, value ${i}: ${got[m]![i]} for ${value}`);
    }
  }
}
