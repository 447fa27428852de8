/**
 * How many units a Poisson lot has at most, except with negligible probability. The size of a stranger's update and the time of this
 * device's largest lot are bounded by public numbers, never by a member's own rows. Privacy does not rest on this bound.
 */

/** The probability of exceeding the bound is below e^-18, as for the norm of the noise (updateNormMax). */
const EXPONENT = 18;

/**
 * Bernstein's inequality for `units` independent coins of probability q, of variance v = units * q * (1 - q) together:
 * P(lot >= units * q + t) <= exp(-t^2 / (2 (v + t / 3))) (Boucheron, Lugosi, Massart 2013, "Concentration Inequalities", corollary 2.11),
 * solved for t. Sums, products, quotients and a root alone, which IEEE 754 rounds one way: every peer gets the same number.
 * @param units that are drawn from @param samplingRate q, 0 to 1 @returns units, at most all of them
 */
export function largestLot(units: number, samplingRate: number): number {
  const third = EXPONENT / 3;
  const t = third + Math.sqrt(third * third + 2 * EXPONENT * units * samplingRate * (1 - samplingRate));
  return Math.min(units, Math.floor(units * samplingRate + t));
}

/**
 * Rows of such a lot if a unit has up to `unitRows` of them: a sum of independent terms of at most that size, of variance at most unitRows
 * * rows * q * (1 - q) together, by the same inequality.
 */
export function largestLotRows(rows: number, samplingRate: number, unitRows: number): number {
  return Math.min(rows, unitRows * largestLot(Math.ceil(rows / unitRows), samplingRate));
}
