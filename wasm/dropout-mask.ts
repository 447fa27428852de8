/**
 * Which values dropout (Srivastava et al. 2014) keeps, as a pure function of their position: both implementations draw the same mask, for
 * blocks of any length and any order of the lot. Only u32 arithmetic, so that a kernel computes the same bits (Math.imul is u32 `*`). The
 * mixing is the finaliser of MurmurHash3 (Appleby 2011). Not a source of secrets: privacy does not depend on a mask.
 */

/** 2^32 divided by the golden ratio, made odd: it spreads neighbouring numbers. */
const GOLDEN = 0x9e3779b1;

/** A bijection of u32 in which each input bit moves about half of the output bits. */
function mix(value: number): number {
  let h = value;
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return (h ^ (h >>> 16)) >>> 0;
}

/** The part of the hash that all values of one row and layer share. @returns u32 */
export function maskKey(seed: number, row: number, layer: number): number {
  return mix(mix(mix(seed + GOLDEN) + row) + layer);
}

/** @param index of the value within the example. @returns u32, uniform over its range */
export function maskHash(key: number, index: number): number {
  return mix(Math.imul(index, GOLDEN) ^ key);
}

/** A value stays if its hash is at least this. @param rate in [0, 1). @returns u32 */
export function thresholdOf(rate: number): number {
  return Math.round(rate * 2 ** 32) >>> 0;
}

/**
 * @param seed u32, of Model.seedDropout
 * @param row number of the example in its `rows`
 * @param layer number of the dropout layer among all layers, a residual's own layers counted after it and before the next
 * @param index of the value within the example: row by row, channels together, no padding
 */
export function keeps(seed: number, row: number, layer: number, index: number, threshold: number): boolean {
  return maskHash(maskKey(seed, row, layer), index) >= threshold;
}
