/**
 * Double masks (Bonawitz et al. 2017): before a vector leaves its member u, it becomes
 *   y = x + PRG(b_u) + sum of PRG(s_uv) over v > u - sum of PRG(s_uv) over v < u, mod 2^32, over all dealers v,
 * so each pair's masks cancel in a sum that has both. What is left once some are missing are the self-masks of those who are there, and
 * half-pairs between these and the missing. Both are subtracted with secrets that t of the members reconstruct, and the result is the plain
 * integer sum, bit for bit, as long as that fits 32 bits.
 *
 * Who may reconstruct which secret, and in which attempt, is decided elsewhere.
 */
import type { Hash } from '../codec.ts';
import { MeshError } from '../errors.ts';
import type { PeerId } from '../identity.ts';
import { pairKeys, selfKeys, type AddStreams, type KeyStream } from './streams.ts';
import { checkWhole } from './whole.ts';

/** What all members of a group agree on before they mask. */
export interface MaskTerms {
  /** Hash of the attempt with its group. */
  readonly context: Hash;
  /** Those whose shares everybody holds, in ascending order of id. */
  readonly dealers: readonly PeerId[];
  /** t: the fewest vectors that may be opened together. */
  readonly threshold: number;
  /** Values of each tensor; the vector has them one behind the other. */
  readonly lengths: readonly number[];
}

/** Secrets of 32 bytes. They stay the owner's, who wipes them. */
export interface MemberSecrets {
  readonly self: Uint8Array;
  /** s_uv by v, for every other dealer. */
  readonly pairs: ReadonlyMap<PeerId, Uint8Array>;
}

/** The same of a sum, reconstructed. */
export interface SumSecrets {
  /** b_u of a member who is in the sum. */
  self(kept: PeerId): Uint8Array;
  /** s_uv of a dealer who is not, and one who is. */
  pair(dropped: PeerId, kept: PeerId): Uint8Array;
}

/** A group's largest sum, in grid steps. */
export interface SumTerms {
  /** Members, at most. */
  readonly size: number;
  /** How far one unit moves a member's vector. */
  readonly sensitivity: number;
  /** Units of a member, at most. */
  readonly rowsMax: number;
  /** Standard deviation of the noise of one member. */
  readonly noise: number;
}

/** Streams of one owner or pair, a key for each tensor. */
interface Mask {
  readonly keys: readonly Uint8Array[];
  readonly sign: 1 | -1;
}

/** Every key makes one stream. */
const NONCE = new Uint8Array(12);
/** In these, noise exceeds what is left for it with a probability below 4e-33 a coordinate. */
const NOISE_DEVIATIONS = 12;

/**
 * Masks a member's vector in place.
 * @throws MeshError not-listed if it is not a dealer, wrong-length for another vector than the terms', field-invalid for other terms or
 * secrets; the vector is as before then
 */
export function mask(vector: Int32Array<ArrayBuffer>, member: PeerId, secrets: MemberSecrets, terms: MaskTerms, add: AddStreams): void {
  checkTerms(terms, vector);
  checkListed([member], terms.dealers, 'member');
  const { context, dealers, lengths } = terms;
  addMasks(vector, lengths, add, function* () {
    yield { keys: selfKeys(secrets.self, context, member, lengths.length), sign: 1 };
    for (const other of dealers) {
      if (other === member) continue;
      const secret = secrets.pairs.get(other) ?? new Uint8Array(0);
      yield { keys: pairKeys(secret, context, member, other, lengths.length), sign: signOf(member, other) };
    }
  });
}

/** Adds a masked vector to a sum, mod 2^32. @throws MeshError wrong-length */
export function addMasked(sum: Int32Array<ArrayBuffer>, masked: Int32Array): void {
  checkLength(masked.length, sum.length, 'masked');
  for (let i = 0; i < sum.length; i++) sum[i]! += masked[i]!;
}

/**
 * Takes all masks off a sum of masked vectors, in place.
 * @param kept whose vectors are in the sum, in ascending order of id
 * @throws MeshError out-of-bound for fewer than t, not-listed for others than dealers, wrong-length or field-invalid for other terms or
 * secrets; the sum is as before then
 */
export function unmask(
  sum: Int32Array<ArrayBuffer>,
  kept: readonly PeerId[],
  secrets: SumSecrets,
  terms: MaskTerms,
  add: AddStreams,
): void {
  checkTerms(terms, sum);
  checkListed(kept, terms.dealers, 'kept');
  if (kept.length < terms.threshold) {
    throw new MeshError('out-of-bound', { field: 'kept', expected: `at least ${terms.threshold} members`, got: String(kept.length) });
  }
  const { context, dealers, lengths } = terms;
  const there = new Set(kept);
  const dropped = dealers.filter((dealer) => !there.has(dealer));
  addMasks(sum, lengths, add, function* () {
    for (const member of kept) {
      yield { keys: selfKeys(secrets.self(member), context, member, lengths.length), sign: -1 };
      for (const other of dropped) {
        const keys = pairKeys(secrets.pair(other, member), context, other, member, lengths.length);
        yield { keys, sign: signOf(other, member) }; // the opposite of the member's
      }
    }
  });
}

/**
 * Refuses a group whose sum could leave 32 bits, where it would show more than the guarantee allows: all rows of all members, not likely
 * lots of them, and 12 standard deviations of all members' noise.
 * @throws MeshError out-of-bound
 */
export function checkHeadroom({ size, sensitivity, rowsMax, noise }: SumTerms): void {
  const most = size * sensitivity * rowsMax + NOISE_DEVIATIONS * noise * Math.sqrt(size);
  if (!(most < 2 ** 31)) {
    throw new MeshError('out-of-bound', {
      field: 'gridBits',
      expected: `sums of ${size} members below 2^31 grid steps`,
      got: most.toPrecision(3),
    });
  }
}

const signOf = (member: PeerId, other: PeerId): 1 | -1 => (member < other ? 1 : -1);

/** All keys are there before the first is used, so that a refused secret leaves no vector half masked. They are wiped in any case. */
function addMasks(vector: Int32Array<ArrayBuffer>, lengths: readonly number[], add: AddStreams, each: () => Iterable<Mask>): void {
  const masks: Mask[] = [];
  try {
    for (const one of each()) masks.push(one);
    let start = 0;
    for (const [tensor, length] of lengths.entries()) {
      const streams = masks.map(({ keys, sign }): KeyStream => ({ key: keys[tensor]!, nonce: NONCE, block: 0, sign }));
      add(vector.subarray(start, start + length), streams);
      start += length;
    }
  } finally {
    for (const { keys } of masks) for (const key of keys) key.fill(0);
  }
}

function checkTerms({ dealers, threshold, lengths }: MaskTerms, vector: Int32Array): void {
  // Two members who order a list differently would both add what cancels only if one subtracts it.
  const place = dealers.findIndex((dealer, i) => i > 0 && dealers[i - 1]! >= dealer);
  if (place >= 0)
    throw new MeshError('field-invalid', { field: `dealers.${place}`, expected: 'another id than before, in ascending order' });
  checkWhole('threshold', threshold, 2, dealers.length);
  for (const [tensor, length] of lengths.entries()) checkWhole(`lengths.${tensor}`, length, 1, vector.length);
  checkLength(
    vector.length,
    lengths.reduce((sum, length) => sum + length, 0),
    'vector',
  );
}

function checkListed(members: readonly PeerId[], dealers: readonly PeerId[], field: string): void {
  let at = -1;
  for (const member of members) {
    const place = dealers.indexOf(member, at + 1);
    if (place < 0) throw new MeshError('not-listed', { field, expected: 'dealers in ascending order', got: member });
    at = place;
  }
}

function checkLength(got: number, expected: number, field: string): void {
  if (got !== expected) throw new MeshError('wrong-length', { field, expected: `${expected} values`, got: String(got) });
}
