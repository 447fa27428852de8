/** A column's own markers for missing values: texts in any case, and numbers in any notation. */
import { parseNumber } from './cell.ts';

export class GapList {
  readonly #texts: ReadonlySet<string>;
  readonly #numbers: ReadonlySet<number>;

  constructor(gaps: readonly string[] = []) {
    this.#texts = new Set(gaps.map((gap) => gap.trim().toLowerCase()));
    this.#numbers = new Set(gaps.map((gap) => parseNumber(gap.trim())).filter((number) => !Number.isNaN(number)));
  }

  /** @param cell trimmed */
  has(cell: string): boolean {
    return this.#texts.size > 0 && this.#texts.has(cell.toLowerCase());
  }

  hasNumber(value: number): boolean {
    return this.#numbers.size > 0 && this.#numbers.has(value);
  }
}
