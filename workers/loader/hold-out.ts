/**
 * Rows that a member sets aside for their own check: never trained on, never sent. The choice depends only on the rows' content, so loading
 * the same file again sets the same rows aside. Equal rows never end up on both sides, unless they belong to two units, each of which stays
 * whole.
 */
import { sha256 } from '@noble/hashes/sha2.js';
import type { TrainingRows } from '../training-rows.ts';
import { ROW_DIGEST_BYTES, rowDigest } from './digest.ts';
import { storedRows, type StoredRows } from './lines/stored-rows.ts';

export const HELD_OUT_SHARE_MAX = 0.5;

export interface HeldOutSplit {
  readonly training: TrainingRows;
  readonly heldOut: TrainingRows;
}

/**
 * @param digests of the rows, from `rowDigests`
 * @param share of the units to set aside, 0 to HELD_OUT_SHARE_MAX; met on average
 */
export function holdOut(rows: StoredRows, digests: Uint8Array, share: number): HeldOutSplit {
  const limit = share * 2 ** 32;
  const aside = marksOf(rows, digests).map((mark) => (mark < limit ? 1 : 0));
  const [kept, held] = [0, 1].map((side) => Int32Array.from({ length: rows.y.length }, (_, i) => i).filter((row) => aside[row] === side));
  return { training: pickStored(rows, kept!), heldOut: pickStored(rows, held!) };
}

/** A uniform 32-bit number per row, the same for all rows of a unit. */
function marksOf({ y, units }: StoredRows, digests: Uint8Array): Uint32Array {
  const of = (digest: Uint8Array) => new DataView(digest.buffer, digest.byteOffset).getUint32(0);
  if (units === undefined) return Uint32Array.from(y, (_, row) => of(sha256(rowDigest(digests, row))));
  const sums = new Map<number, Uint8Array>();
  for (const [row, unit] of units.entries()) {
    const sum = sums.get(unit) ?? new Uint8Array(ROW_DIGEST_BYTES);
    const digest = rowDigest(digests, row);
    // A bytewise sum does not depend on the order of the unit's rows; with XOR, equal rows would cancel out.
    for (let i = 0; i < sum.length; i++) sum[i] = sum[i]! + digest[i]!;
    sums.set(unit, sum);
  }
  return Uint32Array.from(units, (unit) => of(sha256(sums.get(unit)!)));
}

/** The rows at these indices, with their units renumbered without gaps. */
export function pickRows(rows: TrainingRows, order: Int32Array | readonly number[]): TrainingRows {
  return pickStored(storedRows(rows), order);
}

function pickStored({ width, y, units, write }: StoredRows, order: Int32Array | readonly number[]): TrainingRows {
  const picked = {
    x: new Float32Array(order.length * width),
    y: y instanceof Float32Array ? new Float32Array(order.length) : new Int32Array(order.length),
  };
  for (const [i, row] of order.entries()) {
    write(row, picked.x, i * width);
    picked.y[i] = y[row]!;
  }
  if (units === undefined) return picked;
  const numbers = new Map<number, number>();
  const renumbered = Int32Array.from(order, (row) => {
    const unit = units[row]!;
    if (!numbers.has(unit)) numbers.set(unit, numbers.size);
    return numbers.get(unit)!;
  });
  return { ...picked, units: renumbered };
}

export function unitCount({ y, units }: TrainingRows): number {
  return units === undefined ? y.length : new Set(units).size;
}
