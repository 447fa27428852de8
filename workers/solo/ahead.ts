/** Whether one method makes smaller errors than another beyond chance, on rows that neither was trained on. */

/** Standard errors of the difference by which a method must beat a simpler or more usual one: otherwise that one is chosen. */
export const AHEAD = 1;

/**
 * @param errors and `than`: of the same held-out rows
 * @param units of those rows, or the rows themselves if each is its own: rows of one unit err together, so each unit counts once
 * @returns standard errors by which `errors` are smaller in total; 0 if nothing differs
 */
export function standardErrorsAhead(errors: ArrayLike<number>, than: ArrayLike<number>, units: ArrayLike<number>): number {
  const gains = new Map<number, number>();
  for (let i = 0; i < units.length; i++) gains.set(units[i]!, (gains.get(units[i]!) ?? 0) + than[i]! - errors[i]!);
  let [sum, squares] = [0, 0];
  for (const gain of gains.values()) {
    sum += gain;
    squares += gain * gain;
  }
  return squares === 0 ? 0 : sum / Math.sqrt(squares);
}
