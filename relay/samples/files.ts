/**
 * The sample files by name: three parts of each kind, so that three people can try a federation with different rows.
 */
import { RENTALS_TASK } from './bicycle-rentals.ts';
import { DIGITS_TASK, digitRows, rentalRows, toCsv } from './rows.ts';

const PARTS = [1, 2, 3] as const;
// What the presets were chosen for: at epsilon 1, members with fewer rows end visibly lower (400: 0.83, 1000: 0.95 on digits).
const ROWS = 1000;

export function sampleFiles(): Map<string, string> {
  const files = new Map<string, string>();
  for (const part of PARTS) {
    files.set(
      `digits-${part}.csv`,
      toCsv(
        DIGITS_TASK,
        digitRows(ROWS, `part ${part}`),
        `Synthetic: digits drawn by a program, nobody's data. Part ${part} of 3. 8 x 8 counts of ink from 0 to 16, then the digit.`,
      ),
    );
    files.set(
      `table-${part}.csv`,
      toCsv(
        RENTALS_TASK,
        rentalRows(ROWS, `part ${part}`),
        `Synthetic: bicycle rentals of a city that does not exist, nobody's data. Part ${part} of 3. Was the bicycle rented in this hour?`,
      ),
    );
  }
  return files;
}
