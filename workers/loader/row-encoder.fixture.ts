/** Encodes one row of cells, without a file around it. */
import type { TableTask } from '#protocol/manifest/task';
import type { Problem } from '../api.ts';
import { RowReader } from './table/encode.ts';
import type { CellNews } from './table/column-reader.ts';
import { RowView } from './lines/row-view.ts';

/** One encoded row: its class or its answer as the model has it (protocol/manifest/number-answer.ts), and how many of its numbers were outside their range. */
interface EncodedRow {
  readonly label: number;
  readonly clamped: number;
}

interface RowEncoder {
  /** Inputs of one row: one per number, one per value of a category. */
  readonly width: number;
  /**
   * @param cells trimmed, in the manifest's order: its columns (unread ones included), then the label
   * @param out receives `width` numbers in [-2, 2] from `offset` on; its content is undefined after a problem
   */
  encode(cells: readonly string[], out: Float32Array, offset: number): EncodedRow | Problem;
}

export function isProblem(result: EncodedRow | Problem): result is Problem {
  return 'code' in result;
}

export function rowEncoder(task: TableTask): RowEncoder {
  const reader = new RowReader(task);
  const places = Int32Array.from({ length: task.columns.length + 1 }, (_, i) => i);
  const news: CellNews[] = [];
  const { width, kept } = reader.code;
  const coded = new Float32Array(kept);
  const row = new RowView();
  return {
    width,
    encode(cells, out, offset) {
      news.length = 0;
      row.set(cells);
      const label = reader.read(row, places, coded.fill(0), 0, news);
      reader.code.write(coded, 0, out.fill(0, offset, offset + width), offset);
      if (!Number.isNaN(label)) return { label, clamped: news.filter(({ code }) => code === 'clamped').length };
      const { code, column, expected, got } = news.at(-1)!;
      const about = code === 'label-missing' || code === 'label-unknown' ? 'label-unknown' : 'value-type';
      return { code: about, detail: { field: column, expected, got } };
    },
  };
}
