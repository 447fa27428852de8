/**
 * Models: from the manifest's description to tensor names, shapes and the first state.
 * A state is one safetensors file: every parameter and, beside it, the server's momentum for it.
 */
import { sha256 } from '@noble/hashes/sha2.js';
import { PARAMETERS_MAX } from './limits.ts';
import { MeshError } from './errors.ts';
import { readSafetensors, writeSafetensors, type Tensor } from './safetensors.ts';

/** Layer widths of an MLP from its input to its output: [inputs, ...hidden, outputs]. */
export type LayerSizes = readonly number[];

/** d, the number of parameters: weights (in x out) and biases of each layer. */
export function parameterCount(sizes: LayerSizes): number {
  let d = 0;
  for (let i = 1; i < sizes.length; i++) d += (sizes[i - 1]! + 1) * sizes[i]!;
  if (d > PARAMETERS_MAX)
    throw new MeshError('field-invalid', { field: 'model.hidden', expected: `at most ${PARAMETERS_MAX} parameters`, got: String(d) });
  return d;
}

/** Parameters lie layer by layer, weight (row-major, in x out) before bias; this is the order of every update. */
export function layerTensors(sizes: LayerSizes): { name: string; shape: number[]; offset: number; length: number }[] {
  const list = [];
  let offset = 0;
  for (let i = 1; i < sizes.length; i++) {
    const [fanIn, fanOut] = [sizes[i - 1]!, sizes[i]!];
    list.push({ name: `layer${i}.weight`, shape: [fanIn, fanOut], offset, length: fanIn * fanOut });
    offset += fanIn * fanOut;
    list.push({ name: `layer${i}.bias`, shape: [fanOut], offset, length: fanOut });
    offset += fanOut;
  }
  return list;
}

export interface ModelState {
  /** d values, in the order of `layerTensors`. */
  readonly parameters: Float32Array<ArrayBuffer>;
  readonly momentum: Float32Array<ArrayBuffer>;
}

/**
 * The first state: Glorot-uniform weights (Glorot & Bengio 2010), zero biases and momentum, drawn from SHA-256 in counter mode
 * over the seed: the same bytes on every engine, since only +, *, / and sqrt (exact in IEEE 754) are used.
 */
export function initialState(sizes: LayerSizes, seed: string): ModelState {
  const parameters = new Float32Array(parameterCount(sizes));
  const draw = uniformStream(seed);
  for (const tensor of layerTensors(sizes)) {
    if (tensor.shape.length < 2) continue;
    const limit = Math.sqrt(6 / (tensor.shape[0]! + tensor.shape[1]!));
    for (let i = 0; i < tensor.length; i++) parameters[tensor.offset + i] = (2 * draw() - 1) * limit;
  }
  return { parameters, momentum: new Float32Array(parameters.length) };
}

/** Uniform doubles in [0, 1) with 32 random bits each. */
function uniformStream(seed: string): () => number {
  const key = new TextEncoder().encode(`sovereign-mesh/1/init\0${seed}\0`);
  const block = new Uint8Array(key.length + 4);
  block.set(key);
  const counterView = new DataView(block.buffer, key.length);
  let counter = 0;
  let words: DataView = new DataView(new ArrayBuffer(0));
  let at = 0;
  return () => {
    if (at >= words.byteLength) {
      counterView.setUint32(0, counter++, true);
      const digest = sha256(block);
      words = new DataView(digest.buffer, digest.byteOffset, digest.byteLength);
      at = 0;
    }
    const value = words.getUint32(at, true) / 2 ** 32;
    at += 4;
    return value;
  };
}

export function encodeState(sizes: LayerSizes, state: ModelState): Uint8Array<ArrayBuffer> {
  const tensors: Tensor[] = [];
  for (const [prefix, values] of [
    ['', state.parameters],
    ['momentum.', state.momentum],
  ] as const) {
    for (const { name, shape, offset, length } of layerTensors(sizes)) {
      tensors.push({ name: prefix + name, shape, values: values.subarray(offset, offset + length) });
    }
  }
  return writeSafetensors(tensors);
}

/** @throws MeshError field-invalid, wrong-length, not-a-number */
export function decodeState(sizes: LayerSizes, bytes: Uint8Array): ModelState {
  const tensors = readSafetensors(bytes);
  const d = parameterCount(sizes);
  const state = { parameters: new Float32Array(d), momentum: new Float32Array(d) };
  countTensors('state', tensors, layerTensors(sizes).length * 2);
  readLayers('state', tensors, '', sizes, state.parameters);
  readLayers('state', tensors, 'momentum.', sizes, state.momentum);
  return state;
}

/**
 * A file of parameters alone, as a member downloads it.
 * @returns d values, in the order of `layerTensors`
 * @throws MeshError field-invalid, wrong-length, not-a-number, frame-malformed, naming the tensor
 */
export function decodeParameters(sizes: LayerSizes, bytes: Uint8Array): Float32Array<ArrayBuffer> {
  const tensors = readSafetensors(bytes);
  const parameters = new Float32Array(parameterCount(sizes));
  readLayers('model', tensors, '', sizes, parameters);
  countTensors('model', tensors, layerTensors(sizes).length);
  return parameters;
}

function countTensors(field: string, tensors: ReadonlyMap<string, Tensor>, count: number): void {
  if (tensors.size !== count) throw new MeshError('wrong-length', { field, expected: `${count} tensors`, got: String(tensors.size) });
}

function readLayers(field: string, tensors: ReadonlyMap<string, Tensor>, prefix: string, sizes: LayerSizes, values: Float32Array): void {
  for (const { name, shape, offset } of layerTensors(sizes)) {
    const tensor = tensors.get(prefix + name);
    const at = `${field}.${prefix}${name}`;
    if (tensor === undefined || !(tensor.values instanceof Float32Array) || tensor.shape.join() !== shape.join()) {
      const got = tensor === undefined ? 'nothing' : `[${tensor.shape.join(', ')}]`;
      throw new MeshError('wrong-length', { field: at, expected: `F32 [${shape.join(', ')}]`, got });
    }
    for (const value of tensor.values) if (!Number.isFinite(value)) throw new MeshError('not-a-number', { field: at });
    values.set(tensor.values, offset);
  }
}
