/**
 * The column that identifies people, if several rows describe one person: recognised by its name, or by values that look like codes and
 * repeat. Such a column is never an input. The founder sees it as a proposal, with its effect on privacy
 * (protocol/privacy/several-rows.ts).
 */
import { UNIT_ROWS_MAX } from '#protocol/limits';
import { isMissing } from '../loader/cells/cell.ts';
import type { ColumnGuess, GroupGuess } from './api.ts';

/** A word for a person, alone or followed by a word for an identifier. */
const PERSON =
  /^(?:the |my )?(?:user|patient|person|subject|participant|student|pupil|client|customer|member|employee|worker|driver|rider|player|respondent|proband(?:in)?|volunteer|animal|household|device|account|email|e-mail|teilnehmer|kunde|nutzer|sch(?:ü|ue)ler|versuchsperson)(?:s|in|innen)?(?:[ _.-]?(?:ids?|uuid|no|nr|num|number|code|name|key))?$/i;
export const namesPerson = (name: string): boolean => PERSON.test(name.trim());
/** An identifier whose name does not say what it identifies. */
const PLAIN_ID = /^(?:unique|record|case|sample|person|sub)?[ _.-]?(?:id|uuid|guid)$/i;
/** Codes rather than words: letters with digits, a hexadecimal name, an address. */
const CODE = /^(?=.*\d)[\p{L}\d_.:-]{3,64}$|^[^\s@]+@[^\s@]+$/u;
const CODES_SHARE = 0.9;
const CODES_MIN = 10;
const PLACE = /zip|post|plz|phone|tel|version|model|ip$/i;
/** Persons in a sample, and rows of each, from which on rows count as repeated; the thresholds are higher without a telling name. */
const PERSONS_MIN = 3;
const ROWS_MIN = 1.5;
const ROWS_MIN_CODES = 3;

/**
 * @param rows of the sample @param total rows of the file that it was drawn from
 * @returns all columns that repeat a person, and the coarsest of them; null if none does
 */
export function guessGroup(
  names: readonly string[],
  guesses: readonly ColumnGuess[],
  rows: readonly (readonly string[])[],
  total: number,
): { readonly group: GroupGuess | null; readonly persons: ReadonlySet<number> } {
  const found = names.flatMap((name, column) => {
    const { distinct, reason } = guesses[column]!;
    if (distinct < PERSONS_MIN || reason === 'constant' || reason === 'free-text') return [];
    const cells = rows.map((row) => row[column]!).filter((cell) => !isMissing(cell));
    const named = namesPerson(name) || PLAIN_ID.test(name.trim());
    if (!named && !looksLikeCodes(name, cells, distinct, rows.length)) return [];
    const each = rowsEach(cells, (total * cells.length) / rows.length);
    return each >= (named ? ROWS_MIN : ROWS_MIN_CODES) ? [{ column, rows: Math.round(each), named }] : [];
  });
  const best = found.toSorted((a, b) => Number(b.named) - Number(a.named) || b.rows - a.rows)[0];
  const each = Math.max(2, best?.rows ?? 0);
  const group = best === undefined ? null : { column: best.column, rows: each, rowsMax: rowsMaxFor(each) };
  return { group, persons: new Set(found.map(({ column }) => column)) };
}

/** Rows per person that count, a power of two: enough for nearly all rows of most persons. */
function rowsMaxFor(rows: number): number {
  return Math.min(UNIT_ROWS_MAX, Math.max(2, 2 ** Math.ceil(Math.log2(rows))));
}

function looksLikeCodes(name: string, cells: readonly string[], distinct: number, rows: number): boolean {
  // A column that most rows leave empty is a cabin, not a person.
  if (cells.length < rows * CODES_SHARE || distinct < CODES_MIN || PLACE.test(name) || cells.every((cell) => /^[\d.,+-]+$/.test(cell)))
    return false;
  return cells.filter((cell) => CODE.test(cell)).length >= cells.length * CODES_SHARE;
}

/**
 * Mean over rows of the number of rows that the row's person has in the file. A sample shows it at any size: two of its rows belong to one
 * person as often as two of the file's.
 */
function rowsEach(cells: readonly string[], total: number): number {
  const times = new Map<string, number>();
  for (const cell of cells) times.set(cell, (times.get(cell) ?? 0) + 1);
  const pairs = [...times.values()].reduce((sum, n) => sum + n * (n - 1), 0);
  return cells.length < 2 ? 1 : 1 + (pairs / (cells.length * (cells.length - 1))) * (total - 1);
}
