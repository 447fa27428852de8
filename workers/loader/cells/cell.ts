/** What every reader of cells asks: whether a cell is empty, what plain number it spells, and how to show it to a person. */

/** A decimal number as Python writes it; each text matches in one way only, so the time is linear in its length. */
const NUMBER = /^[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:e[+-]?\d+)?$/i;
const SHOWN_CHARS_MAX = 40;
/** What programs write for missing values: databases, statistics packages, and spreadsheets after a failed formula. */
const MISSING: ReadonlySet<string> = new Set(
  '? . .. * - -- na n/a n.a. n.a <na> nan null (null) \\n nil none missing #n/a #div/0! #ref! #value! #name? #num! #null!'.split(' '),
);
const MISSING_CHARS_MAX = 7;

/** @param cell trimmed */
export function isMissing(cell: string): boolean {
  return cell === '' || (cell.length <= MISSING_CHARS_MAX && MISSING.has(cell.toLowerCase()));
}

/** The plain decimal number that a trimmed cell spells, or NaN. An exponent beyond double range gives an infinity. */
export function parseNumber(cell: string): number {
  return NUMBER.test(cell) ? Number(cell) : NaN;
}

/** A cell as shown to a person: short, on one line, and never empty. */
export function shownCell(cell: string): string {
  if (cell === '') return 'nothing';
  const short = ownText(cell.slice(0, SHOWN_CHARS_MAX)).replace(/\s+/g, ' ');
  return cell.length > SHOWN_CHARS_MAX ? `'${short}…'` : `'${short}'`;
}

/** A copy of a substring, because the substring itself keeps the whole text alive. */
function ownText(cut: string): string {
  return cut.split('').join('');
}

/** A name for comparison: in lower case, with single spaces. */
export function plainText(name: string): string {
  return name
    .normalize('NFKC')
    .trim()
    .toLowerCase()
    .replace(/[\s_]+/g, ' ');
}

/** A cell without the pair of quotes around it, if any. */
export function unquoted(cell: string): string {
  const quote = cell[0];
  return cell.length > 1 && (quote === '"' || quote === "'") && cell.endsWith(quote) ? cell.slice(1, -1).trim() : cell;
}
