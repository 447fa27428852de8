/**
 * The contenders of `npm run prove -- bench:secagg` and their clock; the same file runs in a page and in Node. One expansion is a stream that
 * is added to a vector. Beside it: a copy of the vector, and as many bytes of getRandomValues; then all that a member does to mask a vector
 * in a group of g, deriving keys included, and what a leader does to open the sum of t members while the others are missing. The masks are
 * those of the oracle, which is checked before anything is timed. Figures are the 20th percentile of short turns, for all contenders, to
 * measure the limit of the machine; a leader's are of a few calls.
 */
import { hashBytes } from '#protocol/codec';
import type { PeerId } from '#protocol/identity';
import { checkHeadroom, mask, unmask, type MaskTerms } from '#protocol/secagg/mask';
import { thresholdOf } from '#protocol/secagg/parameters';
import type { AddStreams, KeyStream } from '#protocol/secagg/streams';
import { createNumerics } from '#wasm/core';
import { addStreams as oracle } from '#wasm/reference/chacha';
import { alternate, quantile } from './alternate.ts';

export interface MeasuredGroup {
  readonly members: number;
  readonly threshold: number;
  readonly maskMs: number;
  /** What masking takes, in expansions of the vector: g of them are its streams. */
  readonly maskExpansions: number;
  readonly unmaskMs: number;
  /** Streams that the leader takes off. */
  readonly unmaskStreams: number;
}

export interface MeasuredVector {
  readonly words: number;
  readonly expandMs: number;
  readonly copyMs: number;
  readonly randomMs: number;
  readonly groups: readonly MeasuredGroup[];
}

export interface Measured {
  /** Whether the kernel made the words of the oracle here. */
  readonly exact: boolean;
  readonly vectors: readonly MeasuredVector[];
}

const LENGTHS = [100_000, 1_000_000] as const;
/** g, c and h of closed groups. */
const GROUPS = [
  { size: 8, colluders: 1, honest: 4 },
  { size: 32, colluders: 4, honest: 15 },
] as const;
/** A network of four layers: weights and biases. */
const SHARES = [0.5, 0.01, 0.3, 0.01, 0.15, 0.01, 0.01];
const RANDOM_BYTES_MAX = 65_536;
const PACE = { turns: 31, turnMs: 10, quantile: 0.2 };
/** Calls of a leader, which take the longest. */
const OPENED = 5;

const drawn = (count: number) => crypto.getRandomValues(new Uint8Array(count));
const streamOf = (): KeyStream => ({ key: drawn(32), nonce: drawn(12), block: 0, sign: 1 });

/** In a page. */
export async function run(origin: string): Promise<Measured> {
  return measureAll(async () => (await fetch(`${origin}/wasm/core.wasm`)).arrayBuffer());
}

/** @param read the bytes of core.wasm */
export async function measureAll(read: () => Promise<BufferSource>): Promise<Measured> {
  const add = (await createNumerics(await WebAssembly.compile(await read()))).addStreams!;
  return { exact: isExact(add), vectors: LENGTHS.map((words) => measureVector(add, words)) };
}

function isExact(add: AddStreams): boolean {
  const streams = [streamOf(), { ...streamOf(), sign: -1 as const }];
  const [got, expected] = [new Int32Array(20_001), new Int32Array(20_001)];
  add(got, streams);
  oracle(expected, streams);
  return got.every((word, i) => word === expected[i]);
}

function measureVector(add: AddStreams, words: number): MeasuredVector {
  const [vector, other, bytes] = [new Int32Array(words), new Int32Array(words).fill(1), new Uint8Array(4 * words)];
  const one = [streamOf()];
  const groups = GROUPS.map((group) => openGroup(add, vector, group));
  const calls: Record<string, () => void> = {
    expand: () => add(vector, one),
    copy: () => other.set(vector),
    random() {
      for (let at = 0; at < bytes.length; at += RANDOM_BYTES_MAX) crypto.getRandomValues(bytes.subarray(at, at + RANDOM_BYTES_MAX));
    },
  };
  for (const { size, mask: call } of groups) calls[`mask.${size}`] = call;
  const ms = alternate(calls, PACE);
  return {
    words,
    expandMs: ms['expand']!,
    copyMs: ms['copy']!,
    randomMs: ms['random']!,
    groups: groups.map(({ size, threshold, unmask: open }) => ({
      members: size,
      threshold,
      maskMs: ms[`mask.${size}`]!,
      maskExpansions: ms[`mask.${size}`]! / ms['expand']!,
      unmaskMs: quantile(
        Array.from({ length: OPENED }, () => timeOf(open)),
        PACE.quantile,
      ),
      unmaskStreams: threshold * (1 + size - threshold),
    })),
  };
}

function timeOf(call: () => void): number {
  const start = performance.now();
  call();
  return performance.now() - start;
}

interface Masking {
  readonly size: number;
  readonly threshold: number;
  mask(): void;
  unmask(): void;
}

/** The secrets of a group are drawn: agreeing on them, and reconstructing them, does not depend on the vector and is not timed here. */
function openGroup(add: AddStreams, vector: Int32Array<ArrayBuffer>, { size, colluders, honest }: (typeof GROUPS)[number]): Masking {
  checkHeadroom({ size, sensitivity: 2 ** 15, rowsMax: 1000, noise: 2 ** 15 });
  const dealers = Array.from({ length: size }, () => hashBytes(drawn(33)) as string as PeerId).sort();
  const threshold = thresholdOf(size, colluders, honest);
  const lengths = SHARES.map((share) => Math.round(share * vector.length));
  lengths.push(vector.length - lengths.reduce((a, b) => a + b));
  const terms: MaskTerms = { context: hashBytes(drawn(32)), dealers, threshold, lengths };
  const secrets = { self: drawn(32), pairs: new Map(dealers.map((dealer) => [dealer, drawn(32)])) };
  const member = dealers[size >> 1]!;
  return {
    size,
    threshold,
    mask: () => mask(vector, member, secrets, terms, add),
    unmask: () => unmask(vector, dealers.slice(0, threshold), { self: () => secrets.self, pair: () => secrets.self }, terms, add),
  };
}
