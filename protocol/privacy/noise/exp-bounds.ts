/**
 * e to the minus a fraction, between two integers: fixed point in BigInt with every rounding counted, so that a comparison with the bounds
 * is a proof. It takes microseconds, so it serves only tables made once and the rare comparison that tables leave open.
 */

/** Arguments are halved until they are below 2^-4, where each Taylor term wins more than four bits. */
const REDUCED_BITS = 4;

/**
 * @param n and d: n / d >= 0
 * @param bits of the fraction
 * @returns [low, high] with low <= exp(-n / d) * 2^bits <= high, at most 2 apart; equal where n = 0
 */
export function expBounds(n: bigint, d: bigint, bits: number): readonly [bigint, bigint] {
  const one = 1n << BigInt(bits);
  if (n === 0n) return [one, one];
  const halvings = bitLength(n / d) + REDUCED_BITS;
  // Squaring undoes a halving and doubles the error: so many guard bits, plus those for the sum's own error.
  const guard = halvings + 16;
  const scale = BigInt(bits + guard);
  const x = (n << scale) / (d << BigInt(halvings));
  let [sum, terms] = [1n << scale, 0];
  for (let term = sum; term > 0n;) {
    terms++;
    term = ((term * x) >> scale) / BigInt(terms);
    sum += terms % 2 === 1 ? -term : term;
  }
  for (let i = 0; i < halvings; i++) sum = (sum * sum) >> scale;
  // In units of the last guard bit: x is off by 1, each term by 2, what was left out by 1. Squaring v <= 1 with error e gives at
  // most 2e + 2: e^2 below a unit, and the rounding.
  const error = BigInt(2 * terms + 4) << BigInt(halvings);
  const low = (sum - error) >> BigInt(guard);
  return [low < 0n ? 0n : low, ((sum + error) >> BigInt(guard)) + 1n];
}

/** Bits of a whole number >= 0; none of 0. */
export function bitLength(n: bigint): number {
  return n === 0n ? 0 : n.toString(2).length;
}
