/** What was found in a file, collected while it streams: one entry per kind, column and action, with a count and its first rows. */
import type { Finding, FindingCode } from '../../api.ts';

const ENTRIES_MAX = 200;
const ROWS_NAMED = 5;
const ORDER: readonly Finding['action'][] = ['left-out', 'read-as', 'kept'];

export interface News {
  readonly code: FindingCode;
  readonly action: Finding['action'];
  readonly column?: string | null;
  readonly expected?: string | null;
  readonly got?: string | null;
  readonly readAs?: string | null;
  /** Number of rows or cells concerned; 1 if absent. */
  readonly count?: number;
}

export class Findings {
  /** By column; each has few. */
  readonly #entries = new Map<string | null, (Finding & { count: number; rows: number[] })[]>();
  readonly #counters: (Finding & { count: number })[] = [];
  #size = 0;

  /** @param row where it was found; null for the whole file */
  add(news: News, row: number | null): void {
    const column = news.column ?? null;
    let ofColumn = this.#entries.get(column);
    if (ofColumn === undefined) this.#entries.set(column, (ofColumn = []));
    const { code, action } = news;
    let entry = ofColumn.find((one) => one.code === code && one.action === action);
    if (entry === undefined) {
      if (this.#size === ENTRIES_MAX) return;
      const { expected = null, got = null, readAs = null } = news;
      entry = { code, action, column, count: 0, rows: [], expected, got, readAs };
      ofColumn.push(entry);
      this.#size++;
    }
    entry.count += news.count ?? 1;
    if (row !== null && entry.rows.length < ROWS_NAMED && entry.rows.at(-1) !== row) entry.rows.push(row);
  }

  /** A fast counter for what occurs in very many rows; listed if it counted anything. */
  counter(news: News): { note(row: number): void } {
    const { code, action, column = null, expected = null, got = null, readAs = null } = news;
    const entry = { code, action, column, count: 0, rows: [] as number[], expected, got, readAs };
    this.#counters.push(entry);
    return {
      note(row) {
        if (entry.count++ < ROWS_NAMED) entry.rows.push(row);
      },
    };
  }

  /** By action: left out, read as something else, kept. Within each, the whole file first, then by count. */
  list(): Finding[] {
    const all: Finding[] = [...this.#entries.values()].flat();
    all.push(...this.#counters.filter(({ count }) => count > 0));
    return all.toSorted(
      (a, b) =>
        ORDER.indexOf(a.action) - ORDER.indexOf(b.action) || Number(a.column !== null) - Number(b.column !== null) || b.count - a.count,
    );
  }
}
