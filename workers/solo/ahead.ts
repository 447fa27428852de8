/** Whether one way to learn makes smaller errors than another by more than luck, on the same rows that neither was trained on. */

/** Standard errors of the difference by which something must be better than what is simpler, or usual: that wins a draw. */
export const AHEAD = 1;

/**
 * @param errors and `than`: of the same held rows
 * @param units of those rows, or the rows themselves where each is its own: rows of one unit err together, so each unit counts once
 * @returns standard errors by which `errors` are smaller over all; 0 where nothing differs
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
