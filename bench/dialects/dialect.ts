/** One way of writing a table down, as programs and people do, drawn by a seed. Its content equals the plain file's. */
import { RandomWords } from '#protocol/privacy/noise/random-words';
import { seededBytes } from '../seeded-bytes.ts';
import type { PlainTable } from './tables.ts';

const ENCODINGS = ['utf-8', 'utf-8 with mark', 'utf-16le with mark', 'utf-16be with mark', 'utf-16le', 'latin-1'] as const;
const SEPARATORS = [',', ';', '\t', '|', ' '] as const;
const HEADINGS = ['plain', 'units', 'groups', 'short', 'commented', 'none'] as const;
const GAPS = ['', 'NA', 'NULL', '\\N', '#N/A', 'n.a.', '*', 'missing', '(null)', '?', '#DIV/0!', 'NaN'] as const;
const ENDS = ['\n', '\r\n', '\r'] as const;
const THOUSANDS = ['', "'", ' ', 'mark'] as const;
const NAMES = ['own', 'long', 'empty', 'repeated'] as const;

export interface Dialect {
  readonly seed: string;
  readonly encoding: (typeof ENCODINGS)[number];
  readonly separator: (typeof SEPARATORS)[number];
  readonly quotes: 'few' | 'all';
  readonly titles: number;
  /** Titles have as many separators as a row. */
  readonly longTitles: boolean;
  /** A first line that names the separator. */
  readonly says: boolean;
  readonly heading: (typeof HEADINGS)[number];
  /** The columns' names, also used in the plain table. */
  readonly names: (typeof NAMES)[number];
  /** Other spellings of the same names, in a participant's file. */
  readonly respelt: boolean;
  readonly comments: boolean;
  readonly gap: (typeof GAPS)[number];
  readonly decimalComma: boolean;
  readonly thousands: (typeof THOUSANDS)[number];
  readonly end: (typeof ENDS)[number];
  readonly blankLines: boolean;
  readonly trailing: boolean;
  readonly shuffled: boolean;
}

export function drawDialect(seed: string): Dialect {
  const words = new RandomWords(seededBytes(seed));
  const pick = <T>(of: readonly T[]): T => of[words.below(of.length)]!;
  const chance = (in1: number) => words.below(in1) === 0;
  const separator = pick(SEPARATORS);
  const spaced = separator === ' ';
  const titles = pick([0, 0, 1, 3, 25]);
  const says = !spaced && titles === 0 && chance(3);
  const heading = pick(HEADINGS);
  const gap = pick(GAPS);
  return {
    seed,
    encoding: pick(ENCODINGS),
    separator,
    quotes: pick(['few', 'few', 'all'] as const),
    titles,
    longTitles: !spaced && chance(2),
    says,
    heading,
    names: namesFor(heading, pick(['own', 'own', ...NAMES] as const)),
    respelt: chance(3),
    comments: chance(3),
    gap: spaced && gap === '' ? 'NA' : gap,
    decimalComma: chance(3),
    thousands: pick(THOUSANDS),
    end: pick(ENDS),
    blankLines: chance(4),
    trailing: !spaced && chance(4),
    shuffled: chance(2),
  };
}

/** Groups distinguish columns of one name, and row names shift the index that names a nameless column: plain files have no such names. */
function namesFor(heading: Dialect['heading'], names: Dialect['names']): Dialect['names'] {
  const none = heading === 'none' || (heading === 'groups' && names === 'repeated') || (heading === 'short' && names === 'empty');
  return none ? 'own' : names;
}

/** The table with the headings of the dialect's file, which its plain file shares. */
export function renamed({ names, ...table }: PlainTable, { names: kind }: Dialect): PlainTable {
  const long = (name: string) => `${name}: ${'as it was asked on the form that everybody got, '.repeat(2)}in full`;
  const changed = names.map((name, i) => {
    if (kind === 'long' && i % 3 === 0) return long(name);
    if (kind === 'empty' && i === 1) return '';
    return kind === 'repeated' && i === 2 ? names[1]! : name;
  });
  return { ...table, names: changed };
}

export function plainFile({ names, rows }: PlainTable, withNames: boolean): string {
  return [...(withNames ? [names] : []), ...rows].map((cells) => cells.map((cell) => quoted(cell, ',', false)).join(',')).join('\n');
}

/**
 * @param places order of the columns in the file
 * @param respelt names in another spelling
 */
export function dialectFile(table: PlainTable, dialect: Dialect, places: readonly number[], respelt: boolean): Blob {
  const { separator, end, trailing, blankLines, comments, heading, titles, longTitles, says } = dialect;
  const quoteAll = dialect.quotes === 'all';
  const between = separator === ' ' ? '   ' : separator;
  const ordered = <T>(cells: readonly T[]) => places.map((place) => cells[place]!);
  const line = (cells: readonly string[]) =>
    cells.map((cell) => quoted(cell, separator, quoteAll)).join(between) + (trailing ? separator : '');
  const names = ordered(table.names).map((name) => (respelt ? respeltName(name) : name));
  const width = names.length;
  const isNumber = table.names.map((_, i) => table.rows.every((cells) => cells[i] === '' || /^-?\d+(\.\d+)?$/.test(cells[i]!)));
  const rows = table.rows.map((cells) => ordered(cells.map((cell, i) => spelt(cell, isNumber[i]!, dialect))));
  const lines: string[] = [];
  if (says) lines.push(`sep=${separator}`);
  // Eight words: if spaces separate, a title with as many words as columns cannot be distinguished from a row.
  for (let i = 0; i < titles; i++)
    lines.push(`Export of the ${table.name}${longTitles ? separator.repeat(width - 1) : `, part ${i}, by hand`}`);
  if (blankLines && titles > 0) lines.push('');
  if (comments) lines.push('# made by a program that we all use');
  lines.push(...headingLines(heading, names, line));
  for (const [i, cells] of rows.entries()) {
    lines.push(heading === 'short' ? line([String(i + 1), ...cells]) : line(cells));
    if (comments && i % 97 === 5) lines.push('# checked by hand');
    if (blankLines && i % 89 === 3) lines.push('');
  }
  return encoded(lines.join(end) + end, dialect);
}

function headingLines(kind: Dialect['heading'], names: readonly string[], line: (cells: readonly string[]) => string): string[] {
  if (kind === 'none') return [];
  if (kind === 'units') return [line(names), line(names.map((_, i) => (i % 3 === 2 ? '' : `unit ${i}`)))];
  if (kind === 'groups') return [line(names.map((_, i) => (i % 2 === 0 && i < 6 ? `part ${i}` : ''))), line(names)];
  // Names in a comment are never quoted.
  return [kind === 'commented' && !line(names).includes('"') ? `# ${line(names)}` : line(names)];
}

function respeltName(name: string): string {
  return name.toUpperCase().replaceAll(' ', '_');
}

function spelt(cell: string, isNumber: boolean, { gap, decimalComma, thousands, separator }: Dialect): string {
  if (cell === '') return gap;
  if (!isNumber) return cell;
  const [whole = '', decimals] = cell.split('.');
  const mark = decimalComma ? ',' : '.';
  const apart = thousands === 'mark' ? (decimalComma ? '.' : ',') : thousands;
  // With spaces as separators, spaces within a number would need quotes, which nobody writes.
  const grouped = apart === ' ' && separator === ' ' ? whole : whole.replace(/\B(?=(\d{3})+$)/g, apart);
  return decimals === undefined ? grouped : `${grouped}${mark}${decimals}`;
}

function quoted(cell: string, separator: string, all: boolean): string {
  const must = all || cell.includes(separator) || /["\n\r]/.test(cell) || (separator === ' ' && (cell === '' || /\s/.test(cell)));
  return must ? `"${cell.replaceAll('"', '""')}"` : cell;
}

function encoded(text: string, { encoding }: Dialect): Blob {
  const little = encoding.startsWith('utf-16le');
  if (encoding.startsWith('utf-16')) {
    const marked = encoding.endsWith('mark') ? `\ufeff${text}` : text;
    const bytes = new Uint8Array(2 * marked.length);
    const view = new DataView(bytes.buffer);
    for (let i = 0; i < marked.length; i++) view.setUint16(2 * i, marked.charCodeAt(i), little);
    return new Blob([bytes]);
  }
  if (encoding === 'latin-1') return new Blob([Uint8Array.from(text, (letter) => letter.charCodeAt(0))]);
  return new Blob([encoding === 'utf-8' ? text : `\ufeff${text}`]);
}
