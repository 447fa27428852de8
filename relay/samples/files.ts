/**
 * The sample files by name: three parts of each kind, so that three people can try a federation with different rows.
 */
import { DIGITS_TASK, digitRows, RENTALS_TASK, rentalRows, toCsv } from './rows.ts';

const PARTS = [1, 2, 3] as const;
const ROWS = 400;

export function sampleFiles(): Map<string, string> {
  const files = new Map<string, string>();
  for (const part of PARTS) {
    files.set(`digits-${part}.csv`, toCsv(DIGITS_TASK, digitRows(ROWS, `part ${part}`),
      `Synthetic: handwritten-looking digits drawn by a program, nobody's data. Part ${part} of 3. 8 x 8 counts of ink from 0 to 16, then the digit.`));
    files.set(`table-${part}.csv`, toCsv(RENTALS_TASK, rentalRows(ROWS, `part ${part}`),
      `Synthetic: bicycle rentals of a city that does not exist, nobody's data. Part ${part} of 3. Was the bicycle rented in this hour?`));
  }
  return files;
}
