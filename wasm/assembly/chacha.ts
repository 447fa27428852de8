/**
 * The ChaCha20 stream (RFC 8439) straight into a vector of 32-bit words: the blocks' words, in their order, are added to it or subtracted
 * from it, mod 2^32, and are never written out. Four blocks at once: lane i of each vector belongs to the i-th of them, so a rotation of
 * the state costs nothing, and only the end of a block transposes. Integers only: the same on every engine, and no branch or address
 * depends on a key.
 */

/** Bytes of four blocks. */
const STEP: usize = 256;

/**
 * words[i] += or -= word i of the stream, for whole steps of 64 words.
 * @param state key and nonce as they lie in the state: 8 and 3 u32
 * @param counter of the first block; past 2^32 - 1 it would begin anew, which the caller rules out
 * @param negative 1 to subtract, else 0
 */
export function addStream(state: usize, counter: u32, negative: i32, words: usize, end: usize): void {
  const minus = i32x4.splat(-negative);
  let counters = i32x4.add(i32x4.splat(counter), i32x4(0, 1, 2, 3));
  for (; words < end; words += STEP) {
    // "expand 32-byte k"
    let x0 = i32x4.splat(0x61707865), x1 = i32x4.splat(0x3320646e), x2 = i32x4.splat(0x79622d32), x3 = i32x4.splat(0x6b206574);
    let x4 = splat(state, 0), x5 = splat(state, 4), x6 = splat(state, 8), x7 = splat(state, 12);
    let x8 = splat(state, 16), x9 = splat(state, 20), x10 = splat(state, 24), x11 = splat(state, 28);
    let x12 = counters, x13 = splat(state, 32), x14 = splat(state, 36), x15 = splat(state, 40);
    for (let round = 0; round < 10; round++) {
      x0 = i32x4.add(x0, x4); x12 = rot16(v128.xor(x12, x0)); x8 = i32x4.add(x8, x12); x4 = rot12(v128.xor(x4, x8));
      x0 = i32x4.add(x0, x4); x12 = rot8(v128.xor(x12, x0)); x8 = i32x4.add(x8, x12); x4 = rot7(v128.xor(x4, x8));
      x1 = i32x4.add(x1, x5); x13 = rot16(v128.xor(x13, x1)); x9 = i32x4.add(x9, x13); x5 = rot12(v128.xor(x5, x9));
      x1 = i32x4.add(x1, x5); x13 = rot8(v128.xor(x13, x1)); x9 = i32x4.add(x9, x13); x5 = rot7(v128.xor(x5, x9));
      x2 = i32x4.add(x2, x6); x14 = rot16(v128.xor(x14, x2)); x10 = i32x4.add(x10, x14); x6 = rot12(v128.xor(x6, x10));
      x2 = i32x4.add(x2, x6); x14 = rot8(v128.xor(x14, x2)); x10 = i32x4.add(x10, x14); x6 = rot7(v128.xor(x6, x10));
      x3 = i32x4.add(x3, x7); x15 = rot16(v128.xor(x15, x3)); x11 = i32x4.add(x11, x15); x7 = rot12(v128.xor(x7, x11));
      x3 = i32x4.add(x3, x7); x15 = rot8(v128.xor(x15, x3)); x11 = i32x4.add(x11, x15); x7 = rot7(v128.xor(x7, x11));
      x0 = i32x4.add(x0, x5); x15 = rot16(v128.xor(x15, x0)); x10 = i32x4.add(x10, x15); x5 = rot12(v128.xor(x5, x10));
      x0 = i32x4.add(x0, x5); x15 = rot8(v128.xor(x15, x0)); x10 = i32x4.add(x10, x15); x5 = rot7(v128.xor(x5, x10));
      x1 = i32x4.add(x1, x6); x12 = rot16(v128.xor(x12, x1)); x11 = i32x4.add(x11, x12); x6 = rot12(v128.xor(x6, x11));
      x1 = i32x4.add(x1, x6); x12 = rot8(v128.xor(x12, x1)); x11 = i32x4.add(x11, x12); x6 = rot7(v128.xor(x6, x11));
      x2 = i32x4.add(x2, x7); x13 = rot16(v128.xor(x13, x2)); x8 = i32x4.add(x8, x13); x7 = rot12(v128.xor(x7, x8));
      x2 = i32x4.add(x2, x7); x13 = rot8(v128.xor(x13, x2)); x8 = i32x4.add(x8, x13); x7 = rot7(v128.xor(x7, x8));
      x3 = i32x4.add(x3, x4); x14 = rot16(v128.xor(x14, x3)); x9 = i32x4.add(x9, x14); x4 = rot12(v128.xor(x4, x9));
      x3 = i32x4.add(x3, x4); x14 = rot8(v128.xor(x14, x3)); x9 = i32x4.add(x9, x14); x4 = rot7(v128.xor(x4, x9));
    }
    x0 = i32x4.add(x0, i32x4.splat(0x61707865));
    x1 = i32x4.add(x1, i32x4.splat(0x3320646e));
    x2 = i32x4.add(x2, i32x4.splat(0x79622d32));
    x3 = i32x4.add(x3, i32x4.splat(0x6b206574));
    addQuarter(words, minus, x0, x1, x2, x3);
    x4 = i32x4.add(x4, splat(state, 0));
    x5 = i32x4.add(x5, splat(state, 4));
    x6 = i32x4.add(x6, splat(state, 8));
    x7 = i32x4.add(x7, splat(state, 12));
    addQuarter(words + 16, minus, x4, x5, x6, x7);
    x8 = i32x4.add(x8, splat(state, 16));
    x9 = i32x4.add(x9, splat(state, 20));
    x10 = i32x4.add(x10, splat(state, 24));
    x11 = i32x4.add(x11, splat(state, 28));
    addQuarter(words + 32, minus, x8, x9, x10, x11);
    x12 = i32x4.add(x12, counters);
    x13 = i32x4.add(x13, splat(state, 32));
    x14 = i32x4.add(x14, splat(state, 36));
    x15 = i32x4.add(x15, splat(state, 40));
    addQuarter(words + 48, minus, x12, x13, x14, x15);
    counters = i32x4.add(counters, i32x4.splat(4));
  }
}

// @ts-ignore: a decorator of AssemblyScript
@inline
function splat(state: usize, at: usize): v128 {
  return v128.load32_splat(state + at);
}

// @ts-ignore: a decorator of AssemblyScript
@inline
function rot16(x: v128): v128 {
  return i8x16.shuffle(x, x, 2, 3, 0, 1, 6, 7, 4, 5, 10, 11, 8, 9, 14, 15, 12, 13);
}

// @ts-ignore: a decorator of AssemblyScript
@inline
function rot12(x: v128): v128 {
  return v128.or(i32x4.shl(x, 12), i32x4.shr_u(x, 20));
}

// @ts-ignore: a decorator of AssemblyScript
@inline
function rot8(x: v128): v128 {
  return i8x16.shuffle(x, x, 3, 0, 1, 2, 7, 4, 5, 6, 11, 8, 9, 10, 15, 12, 13, 14);
}

// @ts-ignore: a decorator of AssemblyScript
@inline
function rot7(x: v128): v128 {
  return v128.or(i32x4.shl(x, 7), i32x4.shr_u(x, 25));
}

/** Four words of each of the four blocks, which are 64 bytes apart. */
// @ts-ignore: a decorator of AssemblyScript
@inline
function addQuarter(words: usize, minus: v128, a: v128, b: v128, c: v128, d: v128): void {
  const low = v128.shuffle<i32>(a, b, 0, 4, 1, 5), high = v128.shuffle<i32>(a, b, 2, 6, 3, 7);
  const lower = v128.shuffle<i32>(c, d, 0, 4, 1, 5), higher = v128.shuffle<i32>(c, d, 2, 6, 3, 7);
  addWords(words, minus, v128.shuffle<i64>(low, lower, 0, 2));
  addWords(words + 64, minus, v128.shuffle<i64>(low, lower, 1, 3));
  addWords(words + 128, minus, v128.shuffle<i64>(high, higher, 0, 2));
  addWords(words + 192, minus, v128.shuffle<i64>(high, higher, 1, 3));
}

// @ts-ignore: a decorator of AssemblyScript
@inline
function addWords(words: usize, minus: v128, stream: v128): void {
  v128.store(words, i32x4.add(v128.load(words), i32x4.sub(v128.xor(stream, minus), minus)));
}
