/**
 * Predictions as a CSV file (RFC 4180) that grows in blocks: each row's number and prediction, or why it has none. Texts that a spreadsheet
 * would run as formulas are escaped.
 */
import { MeshError } from '#protocol/errors';
import { PREDICTIONS_BYTES_MAX } from '#protocol/limits';
import type { Problem } from '../api.ts';
import type { BatchPredictions, FirstPrediction, NumberPrediction } from './api.ts';
import { largest } from '../trainer/goodness.ts';

/** Rows per call of the model. */
const BLOCK_ROWS = 256;
const SHOWN_ROWS = 20;
/** Text that is buffered before it becomes part of the Blob. */
const PART_CHARS = 512 * 1024;
const DIGITS = 6;

export interface Predicting {
  /** Headings of its columns, between the row's mark and its problem. */
  readonly heads: readonly string[];
  /** Inputs of one row. */
  readonly width: number;
  /** @param x rows x width */
  readonly predict: (x: Float32Array) => readonly Predicted[];
}

/** For one row: a cell for each heading, and the same for the page. */
export interface Predicted {
  readonly cells: readonly string[];
  readonly first: FirstPrediction;
}

/** @param probabilities from rows x width to rows x classes, each row sums to 1 */
export function classPredicting(classes: readonly string[], width: number, probabilities: (x: Float32Array) => Float32Array): Predicting {
  return {
    heads: ['predicted', ...classes.map((name) => `probability of ${name}`)],
    width,
    predict(x) {
      const p = probabilities(x);
      return Array.from({ length: p.length / classes.length }, (_, row) => {
        const at = row * classes.length;
        const best = largest(p, at, classes.length);
        const own = Array.from(p.subarray(at, at + classes.length), (value) => value.toPrecision(DIGITS));
        return { cells: [classes[best]!, ...own], first: { best, probability: p[at + best]! } };
      });
    },
  };
}

/** @param answer of one output */
export function numberPredicting(
  width: number,
  forward: (x: Float32Array) => Float32Array,
  answer: (output: number) => Pick<NumberPrediction, 'value' | 'interval'>,
): Predicting {
  const told = (value: number | undefined) => (value === undefined ? '' : String(Number(value.toPrecision(DIGITS))));
  return {
    heads: ['predicted', '90 % interval from', 'to'],
    width,
    predict: (x) =>
      Array.from(forward(x), (output) => {
        const { value, interval } = answer(output);
        return { cells: [told(value), told(interval?.low), told(interval?.high)], first: { value, interval } };
      }),
  };
}

export class PredictionFile {
  /** The first row that could not be read. */
  firstProblem: Problem | null = null;
  readonly #model: Predicting;
  readonly #x: Float32Array<ArrayBuffer>;
  readonly #waiting: { readonly row: number; readonly mark: string; readonly problem: Problem | null }[] = [];
  readonly #first: BatchPredictions['first'][number][] = [];
  readonly #parts: Blob[] = [];
  #good = 0;
  #text: string;
  #bytes = 0;
  #rows = 0;
  #leftOut = 0;

  /** @param mark heading of the first column: the row's number, or the picture's name */
  constructor(mark: string, model: Predicting) {
    this.#model = model;
    this.#x = new Float32Array(BLOCK_ROWS * model.width);
    this.#text = line([mark, ...model.heads, 'problem']);
  }

  /** Where the caller writes the next row's inputs before `add`. */
  get inputs(): Float32Array {
    return this.#x.subarray(this.#good * this.#model.width, (this.#good + 1) * this.#model.width);
  }

  /** @throws MeshError file-too-large if the predictions exceed PREDICTIONS_BYTES_MAX */
  add(row: number, mark: string, problem: Problem | null): void {
    if (problem === null) {
      this.#good++;
      this.#rows++;
    } else {
      this.firstProblem ??= problem;
      this.#leftOut++;
    }
    this.#waiting.push({ row, mark, problem });
    if (this.#good === BLOCK_ROWS || this.#waiting.length === 4 * BLOCK_ROWS) this.#flush();
  }

  #flush(): void {
    const { heads, width, predict } = this.#model;
    const predicted = this.#good === 0 ? [] : predict(this.#x.subarray(0, this.#good * width));
    let at = 0;
    for (const { row, mark, problem } of this.#waiting) {
      if (problem !== null) {
        this.#text += line([mark, ...heads.map(() => ''), sentence(problem)]);
        continue;
      }
      const { cells, first } = predicted[at++]!;
      this.#text += line([mark, ...cells, '']);
      if (this.#first.length < SHOWN_ROWS) this.#first.push({ row, mark, ...first });
    }
    this.#waiting.length = 0;
    this.#good = 0;
    if (this.#text.length >= PART_CHARS) this.#part();
  }

  #part(): void {
    const part = new Blob([this.#text]);
    this.#text = '';
    this.#bytes += part.size;
    if (this.#bytes > PREDICTIONS_BYTES_MAX) {
      const expected = `predictions of at most ${PREDICTIONS_BYTES_MAX / 2 ** 20} MB`;
      throw new MeshError('file-too-large', { field: 'predictions', expected, got: `more after ${this.#rows} rows` });
    }
    this.#parts.push(part);
  }

  /** @param name of the file that was read */
  close(name: string): BatchPredictions {
    this.#flush();
    this.#part();
    const csv = new Blob(this.#parts, { type: 'text/csv' });
    const base = name.replace(/\.[a-z0-9]{1,5}$/i, '') || 'rows';
    return { name: `${base}-predictions.csv`, rows: this.#rows, leftOut: this.#leftOut, csv, first: this.#first };
  }
}

function line(cells: readonly string[]): string {
  return `${cells.map(csvCell).join(',')}\r\n`;
}

function csvCell(text: string): string {
  const formula = /^[=+\-@\t\r]/.test(text) && !Number.isFinite(Number(text));
  const plain = formula ? `'${text}` : text;
  return /[",\r\n]/.test(plain) ? `"${plain.replaceAll('"', '""')}"` : plain;
}

function sentence({ code, detail: { field, expected, got } }: Problem): string {
  const what = [expected === undefined ? null : `expected ${expected}`, got === undefined ? null : `got ${got}`].filter(
    (part) => part !== null,
  );
  return [code, field, what.join(', ')].filter((part) => part !== undefined && part !== '').join(': ');
}
