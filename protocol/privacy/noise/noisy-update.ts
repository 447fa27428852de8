/**
 * From an exact clipped sum to the vector that leaves the device, and back on the side that receives it.
 * The vector on the wire is d little-endian int32 in grid steps. Nothing here clips: the sum comes clipped from the numerics.
 */
import { MeshError } from '../../errors.ts';
import { sampleDiscreteGaussian } from './discrete-gaussian.ts';
import type { RandomBytes } from './random-words.ts';

/** `count` independent samples of the discrete Gaussian, deviation `sigma` grid steps. @throws MeshError as `sampleDiscreteGaussian` */
export type SampleNoise = (count: number, sigma: number, random: RandomBytes) => Int32Array<ArrayBuffer>;

/** Nearly all machines: there an array of int32 has the bytes of the wire. */
const LITTLE_ENDIAN = new Uint8Array(Uint16Array.of(1).buffer)[0] === 1;

/**
 * sum + discrete Gaussian noise, coordinate by coordinate. An empty lot's sum of zeros gets the same noise. An overflow shows only in the
 * noised value, so refusing it reveals nothing beyond the guarantee.
 * @param sum d int32 in grid steps, from one lot
 * @param sigmaGrid from `sigmaOnGrid`
 * @param sample an exact sampler, if there is a faster one than the plain one
 * @throws MeshError field-invalid, out-of-bound
 */
export function noiseUpdate(
  sum: Int32Array,
  sigmaGrid: number,
  random: RandomBytes,
  sample: SampleNoise = sampleDiscreteGaussian,
): Int32Array<ArrayBuffer> {
  const update = sample(sum.length, sigmaGrid, random);
  for (let i = 0; i < sum.length; i++) {
    const value = sum[i]! + update[i]!;
    if (value !== (value | 0)) {
      throw new MeshError('out-of-bound', { field: `vector.${i}`, expected: '32 bits', got: String(value) });
    }
    update[i] = value;
  }
  return update;
}

export function encodeUpdate(update: Int32Array): Uint8Array<ArrayBuffer> {
  if (LITTLE_ENDIAN) return new Uint8Array(update.slice().buffer);
  const bytes = new Uint8Array(update.length * 4);
  const view = new DataView(bytes.buffer);
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
