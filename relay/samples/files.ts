/**
 * The sample files by name: three parts of each kind, so that three people can try a federation with different rows. Each part of the
 * digits has only three or four of them; together they cover all ten, which is what a federation is for.
 */
import { PARCELS_TASK } from './late-parcels.ts';
import { DIGITS_TASK, digitRows, parcelRows, toCsv } from './rows.ts';

/** Of the first, second and third part. */
export const PART_DIGITS = [
  [0, 1, 2],
  [3, 4, 5],
  [6, 7, 8, 9],
] as const;
// The presets were chosen for this many: at epsilon 1, members with fewer rows end visibly lower.
const ROWS = 1000;

export function sampleFiles(): Map<string, string> {
  const files = new Map<string, string>();
  for (const [i, digits] of PART_DIGITS.entries()) {
    const part = i + 1;
    const which = `${digits[0]} to ${digits.at(-1)}`;
    files.set(
      `digits-${part}.csv`,
      toCsv(
        DIGITS_TASK,
        digitRows(ROWS, `part ${part}`, digits),
        `Synthetic: digits drawn by a program, nobody's data. Part ${part} of 3, only the digits ${which}. 8 x 8 counts of ink from 0 to 16, then the digit.`,
      ),
    );
    files.set(
      `table-${part}.csv`,
      toCsv(
        PARCELS_TASK,
        parcelRows(ROWS, `part ${part}`),
        `Synthetic: parcels of a service that does not exist, nobody's data. Part ${part} of 3. Did the parcel come late?`,
      ),
    );
  }
  return files;
}
