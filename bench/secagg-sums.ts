/**
 * The part of `secagg:exact` on sums: real groups of 4, 8 and 32 on ristretto255 and the compiled kernel. All deal and check shares and mask
 * one vector each; then the sum of those who stay is opened with what t of them answer, for every set of members that may be missing, or for
 * random ones where there are more than 10^4, and compared with the plain sum of whole numbers. With fewer than t nothing may open.
 */
import { hashBytes } from '#protocol/codec';
import type { PeerId } from '#protocol/identity';
import type { RandomFill } from '#protocol/privacy/noise/random-words';
import { encodeScalar, randomScalar, ristretto, uniform } from '#protocol/secagg/group';
import { addMasked, mask, unmask, type MaskTerms } from '#protocol/secagg/mask';
import type { GroupParameters } from '#protocol/secagg/parameters';
import { deal, readCommitments, reconstruct, verifyShare, type CommittedPolynomial } from '#protocol/secagg/shamir';
import type { AddStreams } from '#protocol/secagg/streams';
import { loadNumerics } from '#wasm/load-node';
import { refusedField, type Judged } from './secagg-sharing.ts';
import { seededBytes } from './seeded-bytes.ts';

/** As many sets of those who stay are tried, and of those that are one too few. */
const [SETS_MAX, SHORT_MAX] = [10_000, 100];
/** With whole and broken steps of the kernel. */
const LENGTHS = [70, 1, 64];
const D = 135;

type Point = ReturnType<typeof ristretto.base>;
interface Dealer {
  readonly id: PeerId;
  /** Of the mask key, and of the self-mask secret; each with what every member holds of it. */
  readonly key: Committed;
  readonly seed: Committed;
  readonly vector: Int32Array<ArrayBuffer>;
  readonly masked: Int32Array<ArrayBuffer>;
}
interface Committed {
  readonly secret: bigint;
  readonly public: CommittedPolynomial<Point>;
  readonly shares: readonly Uint8Array[];
}
interface Group {
  readonly terms: MaskTerms;
  readonly dealers: readonly Dealer[];
  /** By both ids: a key times a public key takes longest, and is the same in every set. */
  readonly pairs: Map<string, Uint8Array>;
}

/** @param groups one for each size */
export async function judgeSums(groups: readonly GroupParameters[]): Promise<Judged> {
  const add = (await loadNumerics()).addStreams!;
  const figures: Record<string, { readonly opened: number; readonly refused: number }> = {};
  const failed: string[] = [];
  for (const { size, threshold } of groups) {
    const random = seededBytes(`secagg:exact/${size}`);
    const group = openGroup(size, threshold, random, add);
    let [opened, refused] = [0, 0];
    for (const kept of keptSets(size, threshold, random)) {
      if (isPlainSum(group, kept, random, add)) opened++;
      else failed.push(`${size} members, sum of ${kept.join(' ')}: expected the plain one`);
    }
    for (const kept of setsOf(size, threshold - 1, random)) {
      if (isRefused(group, kept, add)) refused++;
      else failed.push(`${size} members: expected ${kept.length} of them to open nothing`);
    }
    process.stderr.write(`${size} members, t ${threshold}: ${opened} sums opened, ${refused} refused\n`);
    figures[size] = { opened, refused };
  }
  return { figures, failed };
}

function openGroup(size: number, threshold: number, random: RandomFill, add: AddStreams): Group {
  const drawn = (count: number) => {
    const bytes = new Uint8Array(count);
    random(bytes);
    return bytes;
  };
  const ids = Array.from({ length: size }, () => hashBytes(drawn(33)) as string as PeerId).sort();
  const terms: MaskTerms = { context: hashBytes(drawn(32)), dealers: ids, threshold, lengths: LENGTHS };
  const most = Math.floor((2 ** 31 - 1) / size); // so that sums use all of 32 bits
  const values = () => Int32Array.from({ length: D }, () => Number(uniform(ristretto, BigInt(2 * most + 1), random)) - most);
  const own = ids.map((id) => ({ id, key: commit(size, threshold, random), seed: commit(size, threshold, random), vector: values() }));
  const dealers = own.map(({ vector, ...dealer }) => {
    const masked = vector.slice();
    const others = own.filter(({ id }) => id !== dealer.id).map(({ id, key }) => [id, agreed(dealer.key.secret, key)] as const);
    mask(masked, dealer.id, { self: encodeScalar(ristretto, dealer.seed.secret), pairs: new Map(others) }, terms, add);
    return { ...dealer, vector, masked };
  });
  return { terms, dealers, pairs: new Map() };
}

/** Draws a secret and shares it; every member checks its share. */
function commit(size: number, threshold: number, random: RandomFill): Committed {
  const secret = randomScalar(ristretto, random);
  const { shares, commitments } = deal(ristretto, secret, { threshold, size }, random);
  const known = readCommitments(ristretto, commitments, { threshold, size });
  if (!shares.every((share, place) => verifyShare(ristretto, known, place + 1, share))) throw new Error('an honest share was refused');
  return { secret, public: known, shares };
}

const agreed = (secret: bigint, other: Committed) => ristretto.encode(ristretto.multiply(other.public.points[0]!, secret));

/** The places of those who stay: all such sets, unless they are too many; then random ones of every size. */
function* keptSets(size: number, threshold: number, random: RandomFill): Generator<number[]> {
  const sizes = Array.from({ length: size - threshold + 1 }, (_, dropped) => size - dropped);
  if (sizes.reduce((sum, count) => sum + choose(size, count), 0) <= SETS_MAX) {
    for (const count of sizes) yield* subsets(size, count);
  } else {
    for (let i = 0; i < SETS_MAX; i++) yield drawSet(size, sizes[i % sizes.length]!, random);
  }
}

/** All sets of so many places, or random ones if they are too many. */
function setsOf(size: number, count: number, random: RandomFill): number[][] {
  if (choose(size, count) <= SHORT_MAX) return [...subsets(size, count)];
  return Array.from({ length: SHORT_MAX }, () => drawSet(size, count, random));
}

function* subsets(size: number, count: number, from = 0): Generator<number[]> {
  if (count === 0) yield [];
  else
    for (let first = from; first <= size - count; first++) for (const rest of subsets(size, count - 1, first + 1)) yield [first, ...rest];
}

function drawSet(size: number, count: number, random: RandomFill): number[] {
  const left = Array.from({ length: size }, (_, place) => place);
  while (left.length > count) left.splice(Number(uniform(ristretto, BigInt(left.length), random)), 1);
  return left;
}

function choose(n: number, k: number): number {
  return k === 0 ? 1 : (choose(n - 1, k - 1) * n) / k;
}

/** Opens the sum of these with the shares of random t of them. */
function isPlainSum({ terms, dealers, pairs }: Group, kept: readonly number[], random: RandomFill, add: AddStreams): boolean {
  const answering = drawSet(kept.length, terms.threshold, random).map((i) => kept[i]!);
  const of = (id: PeerId) => dealers[terms.dealers.indexOf(id)]!;
  const opened = ({ public: known, shares }: Committed) => {
    const { secret } = reconstruct(
      ristretto,
      known,
      answering.map((place) => ({ index: place + 1, share: shares[place]! })),
    );
    if (secret === null) throw new Error('honest shares gave no secret');
    return secret;
  };
  // Every key of the missing is reconstructed in every set; only its products are remembered.
  const keys = new Map(dealers.filter((_, place) => !kept.includes(place)).map(({ id, key }) => [id, opened(key)]));
  const pair = (dropped: PeerId, other: PeerId) => {
    const name = `${dropped} ${other}`;
    if (!pairs.has(name)) pairs.set(name, agreed(keys.get(dropped)!, of(other).key));
    return pairs.get(name)!;
  };
  const sum = sumOf(dealers, kept);
  const ids = kept.map((place) => terms.dealers[place]!);
  unmask(sum, ids, { self: (id) => encodeScalar(ristretto, opened(of(id).seed)), pair }, terms, add);
  return sum.every((value, i) => value === kept.reduce((plain, place) => plain + dealers[place]!.vector[i]!, 0));
}

/** By both guards: of the sum, and of each secret. The sum is as before then. */
function isRefused({ terms, dealers }: Group, kept: readonly number[], add: AddStreams): boolean {
  const { public: known, shares } = dealers[kept[0]!]!.seed;
  const few = kept.map((place) => ({ index: place + 1, share: shares[place]! }));
  const sum = sumOf(dealers, kept);
  const before = sum.slice();
  const ids = kept.map((place) => terms.dealers[place]!);
  const secrets = { self: () => new Uint8Array(32), pair: () => new Uint8Array(32) };
  return (
    refusedField(() => unmask(sum, ids, secrets, terms, add)) === 'kept' &&
    refusedField(() => reconstruct(ristretto, known, few)) === 'shares' &&
    sum.every((value, i) => value === before[i])
  );
}

function sumOf(dealers: readonly Dealer[], kept: readonly number[]): Int32Array<ArrayBuffer> {
  const sum = new Int32Array(D);
  for (const place of kept) addMasked(sum, dealers[place]!.masked);
  return sum;
}
