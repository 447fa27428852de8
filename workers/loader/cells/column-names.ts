/**
 * What the columns of a file are called: one function of its heading for founder and member alike, so that a name shown to a founder is
 * found again in that file and in every file with the same heading.
 */
import { COLUMN_NAME_CHARS_MAX } from '#protocol/limits';
import { unquoted } from './cell.ts';

/**
 * Names that differ, whatever the heading says: as they are written where that can be; cut where they are too long, numbered where they
 * come twice (without regard to case), made up if there is none.
 * @param heading one cell a column, as far as there are any; null for a file without one
 * @param width columns
 */
export function columnNames(heading: readonly string[] | null, width: number): string[] {
  const written = Array.from({ length: width }, (_, i) => plainHeading(heading?.[i] ?? ''));
  const names: (string | undefined)[] = written.map(() => undefined);
  const taken = new Set<string>();
  const take = (place: number, name: string): boolean => {
    if (taken.has(name.toLowerCase())) return false;
    taken.add(name.toLowerCase());
    names[place] = name;
    return true;
  };
  // Written names come first: a made-up name never displaces one.
  for (const [i, name] of written.entries()) if (name !== '' && name.length <= COLUMN_NAME_CHARS_MAX) take(i, name);
  // For stems with room for this many digits, the first number that may be free: this keeps a heading with one name a thousand times fast.
  const free = new Map<string, number>();
  const number = (place: number, stem: string): void => {
    for (let from = 2, to = 10; names[place] === undefined; from = to, to *= 10) {
      const key = cutTo(stem, ` (${from})`).toLowerCase();
      let n = free.get(key) ?? from;
      while (n < to && !take(place, cutTo(stem, ` (${n})`))) n++;
      free.set(key, n + 1);
    }
  };
  return written.map((name, i) => {
    const stem = name === '' ? `column ${i + 1}` : name;
    if (names[i] === undefined && !take(i, cutTo(stem, ''))) number(i, stem);
    return names[i]!;
  });
}

/** A heading on one line, without quotes around it. */
export function plainHeading(cell: string): string {
  return unquoted(cell.trim()).replace(/\s+/g, ' ');
}

function cutTo(stem: string, ending: string): string {
  const room = COLUMN_NAME_CHARS_MAX - ending.length;
  // Half of a surrogate pair is not a letter.
  return (
    (stem.length <= room
      ? stem
      : stem
          .slice(0, room)
          .replace(/[\ud800-\udbff]$/, '')
          .trimEnd()) + ending
  );
}
