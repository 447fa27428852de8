/**
 * How a table's row is kept until its inputs are needed: a category as the index of its value, anything else as its inputs. A file of
 * categories takes a fraction of the memory of its tensor, whose pages cost more time than all checks.
 */
import { columnWidth, type TableTask } from '#protocol/manifest/task';

export class RowCode {
  /** Inputs per row, and numbers kept per row. */
  readonly width: number;
  readonly kept: number;
  /** For each kept number, how many values its category has; 0 for an input. */
  readonly #values: Int32Array;

  constructor({ columns }: TableTask) {
    const values = columns.flatMap((column) =>
      column.kind === 'category' ? [column.values.length] : Array.from({ length: columnWidth(column) }, () => 0),
    );
    this.#values = Int32Array.from(values);
    this.kept = values.length;
    this.width = values.reduce((sum, count) => sum + (count === 0 ? 1 : count), 0);
  }

  /**
   * Writes the inputs of one row.
   * @param coded has its kept numbers from `from` on; a negative index is none of the values
   * @param out zeros from `at` on
   */
  write(coded: Float32Array, from: number, out: Float32Array, at: number): void {
    const values = this.#values;
    for (let i = 0, next = at; i < values.length; i++) {
      const value = coded[from + i]!;
      const count = values[i]!;
      if (count === 0) out[next++] = value;
      else {
        if (value >= 0) out[next + value] = 1;
        next += count;
      }
    }
  }
}
