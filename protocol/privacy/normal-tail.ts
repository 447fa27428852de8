/**
 * The normal distribution's tail with full relative accuracy, even far out: mass(a, b) of an interval in a tail is a difference of two
 * tails, never of two numbers near 1. erfcx(x) = exp(x^2) erfc(x) is smooth on [0, inf); in t = (x - 3.75) / (x + 3.75) a short Chebyshev
 * series meets double precision (Shepherd and Laframboise 1981). Its coefficients are made here from the continued fraction, not copied
 * from a table.
 */

const TERMS = 40;
const SHIFT = 3.75;
const FRACTION_TERMS = 3000;
const SERIES_BELOW = 0.5;

let coefficients: Float64Array | undefined;

/** exp(x^2) erfc(x) for x >= 0, slow but accurate: the Kummer series near 0, the continued fraction (DLMF 7.9.1) elsewhere. */
function slowErfcx(x: number): number {
  if (x === Infinity) return 0;
  if (x < SERIES_BELOW) {
    let term = x;
    let sum = x;
    for (let n = 1; term > sum * 1e-18 && n < 100; n++) sum += term *= (2 * x * x) / (2 * n + 1);
    // erf(x) = 2 / sqrt(pi) exp(-x^2) sum
    return Math.exp(x * x) - (2 / Math.sqrt(Math.PI)) * sum;
  }
  let f = x;
  for (let n = FRACTION_TERMS; n >= 1; n--) f = x + n / 2 / f;
  return 1 / (Math.sqrt(Math.PI) * f);
}

/** (1 + 2x) erfcx(x) stays between 1 and about 1.3: a Chebyshev series of it keeps the relative accuracy at large x. */
function chebyshev(): Float64Array {
  const nodes = Array.from({ length: TERMS }, (_, k) => Math.cos((Math.PI * (k + 0.5)) / TERMS));
  const values = nodes.map((t) => {
    const x = (SHIFT * (1 + t)) / (1 - t);
    return (1 + 2 * x) * slowErfcx(x);
  });
  return Float64Array.from({ length: TERMS }, (_, j) => {
    let sum = 0;
    for (const [k, value] of values.entries()) sum += value * Math.cos((Math.PI * j * (k + 0.5)) / TERMS);
    return (sum * (j === 0 ? 1 : 2)) / TERMS;
  });
}

/** erfc(x) for x >= 0, relative error about 1e-15 times (1 + x^2). */
function erfcPositive(x: number): number {
  if (x > 27) return 0; // below the smallest double
  const c = (coefficients ??= chebyshev());
  const t = (x - SHIFT) / (x + SHIFT);
  let b1 = 0;
  let b2 = 0;
  for (let j = TERMS - 1; j >= 1; j--) {
    const b0 = 2 * t * b1 - b2 + c[j]!;
    b2 = b1;
    b1 = b0;
  }
  return ((t * b1 - b2 + c[0]!) / (1 + 2 * x)) * Math.exp(-x * x);
}

/** P(Z > z) for a standard normal Z. */
export function upperTail(z: number): number {
  return z >= 0 ? erfcPositive(z * Math.SQRT1_2) / 2 : 1 - erfcPositive(-z * Math.SQRT1_2) / 2;
}

/** P(a < Z <= b). @param a below b; either may be infinite */
export function intervalMass(a: number, b: number): number {
  if (!(b > a)) return 0;
  if (a >= 0) return upperTail(a) - upperTail(b);
  if (b <= 0) return upperTail(-b) - upperTail(-a);
  return 1 - upperTail(-a) - upperTail(b);
}
