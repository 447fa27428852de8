/**
 * A group for tests and the simulator: whole numbers under addition modulo a prime, with the generator 1. It has every law of the real one
 * and hides nothing, since a point is its own scalar.
 */
import { bytesToNumberLE, numberToBytesLE } from '@noble/curves/utils.js';
import type { CurveGroup } from '../group.ts';

const BYTES = 8;

/** @param order a prime below 2^64 and above the size of any group of members */
export function toyGroup(order = 2n ** 61n - 1n): CurveGroup<bigint> {
  return {
    order,
    bytes: BYTES,
    base: (scalar) => scalar % order,
    multiply: (point, scalar) => (point * scalar) % order,
    small: (point, factor) => (point * BigInt(factor)) % order,
    add: (a, b) => (a + b) % order,
    equal: (a, b) => a === b,
    encode: (point) => numberToBytesLE(point, BYTES),
    decode: (bytes) => {
      const point = bytesToNumberLE(bytes);
      if (bytes.length !== BYTES || point >= order) throw new Error('not a point');
      return point;
    },
  };
}
