/**
 * From an exact clipped sum to the vector that leaves the device, and back on the side that receives it.
 * The vector on the wire is d little-endian int32 in grid steps. Nothing here clips: the sum comes clipped from the numerics.
 */
import { MeshError } from '../../errors.ts';
import type { RandomFill } from './random-words.ts';

/**
 * into = sum + noise: an independent sample of the discrete Gaussian for each coordinate. An empty lot's sum of zeros gets the same noise.
 * @param sum d int32 in grid steps, from one lot; left as it was
 * @param sigma deviation in grid steps, from `sigmaOnGrid`
 * @param into d int32, which hold noised values alone if this throws
 * @throws MeshError field-invalid; internal (a random source that fails); out-of-bound (beyond 32 bits: a sample of 12 deviations, 1e-33)
 */
export type AddNoise = (sum: Int32Array, sigma: number, random: RandomFill, into: Int32Array) => void;

/** Nearly all machines: there an array of int32 has the bytes of the wire. */
const LITTLE_ENDIAN = new Uint8Array(Uint16Array.of(1).buffer)[0] === 1;

/**
 * One noised coordinate. An overflow shows only in the noised value, so refusing it reveals nothing beyond the guarantee.
 * @throws MeshError out-of-bound
 */
export function addSample(sum: Int32Array, i: number, sample: number): number {
  const value = sum[i]! + sample;
  if (value !== (value | 0)) {
    throw new MeshError('out-of-bound', { field: `vector.${i}`, expected: '32 bits', got: String(value) });
  }
  return value;
}

/** The bytes of the wire, where the update lies: it is no longer one afterwards. */
export function encodeUpdate(update: Int32Array<ArrayBuffer>): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(update.buffer, update.byteOffset, update.byteLength);
  if (LITTLE_ENDIAN) return bytes;
  const view = new DataView(update.buffer, update.byteOffset, update.byteLength);
  for (let i = 0; i < update.length; i++) view.setInt32(i * 4, update[i]!, true);
  return bytes;
}

/**
 * Reads a stranger's vector. Every bit pattern is an integer, so nobody can smuggle in a NaN: its bits would be a coordinate of about 2^31
 * steps and exceed the bound. The norm is summed in a fixed order in float64, so that every peer decides alike.
 * @param bytes 4 * d bytes
 * @param normMax largest L2 norm in grid steps, see `updateNormMax` of the manifest
 * @throws MeshError wrong-length, out-of-bound
 */
export function checkUpdate(bytes: Uint8Array, d: number, normMax: number): Int32Array<ArrayBuffer> {
  if (bytes.length !== d * 4) {
    throw new MeshError('wrong-length', { field: 'vector', expected: `${d * 4} bytes`, got: String(bytes.length) });
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const update = new Int32Array(d);
  let squares = 0;
  for (let i = 0; i < d; i++) {
    const value = view.getInt32(i * 4, true);
    update[i] = value;
    squares += value * value;
  }
  if (!(squares <= normMax * normMax)) {
    throw new MeshError('out-of-bound', { field: 'vector', expected: `a norm of at most ${normMax}`, got: String(Math.sqrt(squares)) });
  }
  return update;
}
