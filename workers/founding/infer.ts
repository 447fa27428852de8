/**
 * A schema proposed from a sample: each column by its content (column-guess.ts), and which of them looks like the answer. Reads a file on
 * the founder's device; nothing of it is sent.
 */
import { parseNumber } from '../loader/cells/cell.ts';
import type { ColumnGuess, SchemaGuess } from './api.ts';
import { commaIn, guessColumn } from './column-guess.ts';
import { guessGroup } from './group-guess.ts';
import { roundTypical } from './round-range.ts';
import type { Sample } from './sample.ts';

/** Distinct values up to which a column may be taken for the answer, unless its name says so. */
const CLASSES_LIKELY = 30;
const LABEL_NAME =
  /^(label|labels|target|class|classes|outcome|answer|survived|income|y|category|diagnosis|species|churn|default|result|digit|approved|fraud|spam)$/i;
/** Neighbouring columns of counts from which on they are read as one: pixels of a picture, channels of a sensor. */
const RUN_MIN = 16;

export function inferSchema(sample: Sample): SchemaGuess {
  const { name, names, rows, hasHeader, cut } = sample;
  const cells = names.map((_, i) => rows.map((row) => row[i]!));
  const around = { named: hasHeader, cut, comma: commaIn(cells, sample.separator !== ',') };
  const guesses = names.map((column, i) =>
    guessColumn(column, { cells: cells[i]!, places: sample.places, whole: sample.counted[i]! }, around),
  );
  const { group, persons } = guessGroup(names, guesses, rows, sample.total);
  const label = labelOf(names, guesses, persons);
  const columns = withoutPersons(withoutAnswer(sample, evened(sample, guesses, label), label), persons, label);
  return { name, rows: rows.length, total: sample.total, hasHeader, columns, label, group: group?.column === label ? null : group };
}

/** A person's identity says much about that person and nothing about others, so it is never an input. */
function withoutPersons(guesses: readonly ColumnGuess[], persons: ReadonlySet<number>, label: number): readonly ColumnGuess[] {
  return guesses.map((guess, i) =>
    i === label || !persons.has(i) ? guess : { ...guess, reason: 'person', proposed: { kind: 'ignored', name: guess.proposed.name } },
  );
}

/** A column that equals the answer in every row gives it away: it is not read, and the page says so. */
function withoutAnswer({ rows }: Sample, guesses: readonly ColumnGuess[], label: number): readonly ColumnGuess[] {
  return guesses.map((guess, i) => {
    if (i === label || guess.proposed.kind === 'ignored' || !rows.every((cells) => cells[i] === cells[label])) return guess;
    return { ...guess, reason: 'answer-again', proposed: { kind: 'ignored', name: guess.proposed.name } };
  });
}

function labelOf(names: readonly string[], guesses: readonly ColumnGuess[], persons: ReadonlySet<number>): number {
  const classes = guesses.map(({ values, distinct }) => (values === null || distinct < 2 ? Infinity : distinct));
  const likely = (i: number) => classes[i]! <= CLASSES_LIKELY && guesses[i]!.reason !== 'identifier' && !persons.has(i);
  const named = names.findIndex((name, i) => LABEL_NAME.test(name) && (classes[i]! < Infinity || guesses[i]!.range !== null));
  if (named >= 0) return named;
  const last = names.length - 1;
  if (likely(last)) return last;
  const binary = classes.findLastIndex((count) => count === 2);
  if (binary >= 0) return binary;
  const few = classes.findLastIndex((_, i) => likely(i));
  return few >= 0 ? few : last;
}

/**
 * In a long run of numbered columns with whole numbers from 0 on, each gets the range of all: a corner of a picture that is empty in the
 * sample is still a pixel. Typical values stay separate.
 */
function evened({ names, rows }: Sample, guesses: readonly ColumnGuess[], label: number): readonly ColumnGuess[] {
  const out = [...guesses];
  const stems = names.map((name) => name.replaceAll(/\d+/g, ''));
  const highest = names.map((_, i) => (i === label ? null : highestCount(rows, i)));
  for (let from = 0; from < names.length;) {
    let to = from;
    while (to < names.length && highest[to] !== null && stems[to] === stems[from]) to++;
    const max = Math.max(0, ...highest.slice(from, to).map(Number));
    if (to - from >= RUN_MIN && max > 0) {
      for (let i = from; i < to; i++) {
        const counts = Float64Array.from(rows, (cells) => parseNumber(cells[i]!)).sort();
        const range = { min: 0, max, typical: roundTypical(counts, { min: 0, max }) };
        out[i] = { ...guesses[i]!, reason: 'numbers', sentinels: [], range, proposed: { kind: 'number', name: names[i]!, ...range } };
      }
    }
    from = Math.max(to, from + 1);
  }
  return out;
}

/** The largest cell of a column of whole numbers from 0 on; null for any other column. */
function highestCount(rows: Sample['rows'], column: number): number | null {
  let highest = 0;
  for (const cells of rows) {
    const value = parseNumber(cells[column]!);
    if (!Number.isInteger(value) || value < 0) return null;
    highest = Math.max(highest, value);
  }
  return highest;
}
