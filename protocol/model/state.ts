/**
 * Model states: from a planned network to the first state, and between states and their files. robust/ and optimizer.ts have the rule that
 * makes one state from another. A state is one safetensors file: every parameter and what the server's rule keeps for it.
 */
import { sha256 } from '@noble/hashes/sha2.js';
import { MeshError } from '../errors.ts';
import type { Network } from './architecture.ts';
import { readSafetensors, writeSafetensors, type Tensor } from './safetensors.ts';

/** Characters of a stranger's name for a tensor, and numbers of its shape, that an error repeats. */
const [NAME_SHOWN, SHAPE_SHOWN] = [64, 8];

export interface ModelState {
  /** d values, in the order of the network's tensors, as all lists below. */
  readonly parameters: Float32Array<ArrayBuffer>;
  /** The running mean of gradients: of heavy-ball momentum, or Adam's first moment. */
  readonly momentum: Float32Array<ArrayBuffer>;
  /** Adam's second moment; below zero where more noise was taken off than there was. */
  readonly variance?: Float32Array<ArrayBuffer>;
  /** Models that were made so far, where the rule depends on their number. */
  readonly applied?: number;
  /** C of the next round, where it adapts: a float32. */
  readonly clip?: number;
}

/**
 * The first parameters: Glorot-uniform weights (Glorot & Bengio 2010) within the limits that the network names, drawn from SHA-256 in
 * counter mode over the seed: the same bytes on every engine, since only +, *, / and sqrt (exact in IEEE 754) are used. No momentum.
 */
export function initialState({ tensors, parameterCount }: Network, seed: string): ModelState {
  const parameters = new Float32Array(parameterCount);
  const draw = uniformStream(seed);
  for (const { start, offset, length } of tensors) {
    for (let i = offset; i < offset + length; i++) parameters[i] = 'value' in start ? start.value : (2 * draw() - 1) * start.limit;
  }
  return { parameters, momentum: new Float32Array(parameterCount) };
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

/** d values as named tensors, for a file. */
export function parameterTensors({ tensors }: Network, values: Float32Array, prefix = ''): Tensor[] {
  return tensors.map(({ name, shape, offset, length }) => ({
    name: prefix + name,
    shape,
    values: values.subarray(offset, offset + length),
  }));
}

export function encodeState(network: Network, { parameters, momentum, variance, applied, clip }: ModelState): Uint8Array<ArrayBuffer> {
  const one = (name: string, values: Tensor['values']): Tensor => ({ name, shape: [1], values });
  return writeSafetensors([
    ...parameterTensors(network, parameters),
    ...parameterTensors(network, momentum, 'momentum.'),
    ...(variance === undefined ? [] : parameterTensors(network, variance, 'variance.')),
    ...(applied === undefined ? [] : [one('applied', Int32Array.of(applied))]),
    ...(clip === undefined ? [] : [one('clip', Float32Array.of(clip))]),
  ]);
}

/**
 * Parts that a rule may leave out are there or not as the file says; whether they are those of the manifest's rule is the rule's to see.
 * @throws MeshError field-invalid, wrong-length, not-a-number
 */
export function decodeState(network: Network, bytes: Uint8Array): ModelState {
  const tensors = readSafetensors(bytes);
  const state = { parameters: readValues('state', tensors, '', network), momentum: readValues('state', tensors, 'momentum.', network) };
  const varies = tensors.has(`variance.${network.tensors[0]!.name}`);
  const variance = varies ? { variance: readValues('state', tensors, 'variance.', network) } : {};
  const applied = tensors.has('applied') ? { applied: readNumber(tensors, 'applied', Int32Array) } : {};
  const clip = tensors.has('clip') ? { clip: readNumber(tensors, 'clip', Float32Array) } : {};
  countTensors('state', tensors, network.tensors.length * (varies ? 3 : 2) + Number('applied' in applied) + Number('clip' in clip));
  return { ...state, ...variance, ...applied, ...clip };
}

/**
 * A file of parameters alone, as a member downloads it or other programs write it: F32, or F16 and BF16, which are widened exactly.
 * @returns d values, in the order of the network's tensors
 * @throws MeshError field-invalid, wrong-length, not-a-number, frame-malformed, naming the tensor
 */
export function decodeParameters(network: Network, bytes: Uint8Array): Float32Array<ArrayBuffer> {
  const tensors = readSafetensors(bytes);
  const parameters = readValues('model', tensors, '', network);
  const known = new Set(network.tensors.map(({ name }) => name));
  const more = [...tensors.keys()].find((name) => !known.has(name));
  if (more !== undefined) {
    const got = `[${tensors.get(more)!.shape.slice(0, SHAPE_SHOWN).join(', ')}]`;
    throw new MeshError('wrong-length', { field: `model.${more.slice(0, NAME_SHOWN)}`, expected: 'no such tensor', got });
  }
  return parameters;
}

/** Halves were widened when they were read: they count as F32. */
function kindOf({ values }: Tensor): 'F32' | 'I32' {
  return values instanceof Float32Array ? 'F32' : 'I32';
}

function countTensors(field: string, tensors: ReadonlyMap<string, Tensor>, count: number): void {
  if (tensors.size !== count) throw new MeshError('wrong-length', { field, expected: `${count} tensors`, got: String(tensors.size) });
}

function readNumber(tensors: ReadonlyMap<string, Tensor>, name: string, kind: typeof Int32Array | typeof Float32Array): number {
  const { values, shape } = tensors.get(name)!;
  const at = `state.${name}`;
  if (!(values instanceof kind) || shape.join() !== '1')
    throw new MeshError('wrong-length', { field: at, expected: 'one number', got: `[${shape.join(', ')}]` });
  if (!Number.isFinite(values[0]) || values[0]! < 0) throw new MeshError('not-a-number', { field: at, expected: 'a number from 0' });
  return values[0]!;
}

function readValues(field: string, tensors: ReadonlyMap<string, Tensor>, prefix: string, network: Network): Float32Array<ArrayBuffer> {
  const all = new Float32Array(network.parameterCount);
  for (const { name, shape, offset } of network.tensors) {
    const tensor = tensors.get(prefix + name);
    const at = `${field}.${prefix}${name}`;
    if (tensor === undefined || !(tensor.values instanceof Float32Array) || tensor.shape.join() !== shape.join()) {
      const got = tensor === undefined ? 'nothing' : `${kindOf(tensor)} [${tensor.shape.slice(0, SHAPE_SHOWN).join(', ')}]`;
      throw new MeshError('wrong-length', { field: at, expected: `F32 [${shape.join(', ')}]`, got });
    }
    for (const value of tensor.values) if (!Number.isFinite(value)) throw new MeshError('not-a-number', { field: at });
    all.set(tensor.values, offset);
  }
  return all;
}
