/**
 * What the columns of a file are called. Founder and member use this one function of the heading, so a name shown to a founder is found
 * again in that file and in every file with the same heading.
 */
import { COLUMN_NAME_CHARS_MAX } from '#protocol/limits';
import { unquoted } from './cell.ts';

/**
 * Distinct names for any heading: as written if possible; cut if too long, numbered if repeated (ignoring case), made up if missing.
 * @param heading one cell per column, or fewer; null for a file without a heading
 * @param width number of columns
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
  // The first number that may be free, per stem and number of digits: a heading with one name a thousand times stays fast.
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
  // Leave no half of a surrogate pair.
  return (
    (stem.length <= room
      ? stem
      : stem
          .slice(0, room)
          .replace(/[\ud800-\udbff]$/, '')
          .trimEnd()) + ending
  );
}
