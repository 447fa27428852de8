/**
 * Poisson sampling: every row joins the lot by its own coin flip with probability q. The accountant's amplification holds only for this
 * sampler, not for shuffled or fixed-size batches.
 */
import { MeshError } from '../../errors.ts';
import type { RandomWords } from './random-words.ts';

const WORDS = 2 ** 32;

/**
 * The rows of one lot. A row's coin is 64 random bits below floor(q * 2^64): the probability is q exactly from q = 2^-12 up, and below that
 * it is smaller by less than 2^-64, which is the safe side.
 * @param rowCount rows 0 .. rowCount - 1
 * @param samplingRate q in [0, 1]
 * @param words wiped when the lot is drawn
 * @param into room for all rows, of which the lot is the first part
 * @returns row numbers in ascending order; an empty lot is legal, gets noise and costs the same
 * @throws MeshError field-invalid, internal (a random source that fails)
 */
export function poissonLot(
  rowCount: number,
  samplingRate: number,
  words: RandomWords,
  into?: Int32Array<ArrayBuffer>,
): Int32Array<ArrayBuffer> {
  if (!Number.isInteger(rowCount) || rowCount < 0 || rowCount >= 2 ** 31) {
    throw new MeshError('field-invalid', { field: 'rows', expected: '0 .. 2^31 - 1', got: String(rowCount) });
  }
  if (!(samplingRate >= 0 && samplingRate <= 1))
    throw new MeshError('field-invalid', { field: 'rate', expected: '0..1', got: String(samplingRate) });
  // Multiplying by a power of two is exact, so the first word of the threshold is; rate 1 makes it 2^32, above every word.
  const high = Math.floor(samplingRate * WORDS);
  const low = Math.floor((samplingRate * WORDS - high) * WORDS);
  const lot = into ?? new Int32Array(rowCount);
  let size = 0;
  for (let row = 0; row < rowCount; row++) {
    const first = words.word();
    const second = words.word();
    if (first < high || (first === high && second < low)) lot[size++] = row;
  }
  words.wipe();
  return lot.subarray(0, size);
}
