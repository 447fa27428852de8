/**
 * Drawing by keyboard: cells over the canvas, navigated with the arrow keys and painted one by one (WAI-ARIA APG, grid with a roving tab
 * stop). It lies over the pad and lets pointers through. The pad owns the marks.
 */
import { createSignal, createUniqueId, Index, type JSX } from 'solid-js';
import { t } from '../../i18n/t.ts';

export interface DrawGridProps {
  readonly rows: number;
  readonly columns: number;
  readonly label: string;
  readonly describedBy: string;
  /** Row by row. */
  readonly filled: readonly boolean[];
  readonly onPaint: (row: number, column: number, filled: boolean) => void;
}

export function cellText(row: number, column: number, filled: boolean): string {
  return t(filled ? 'draw.cell.filled' : 'draw.cell.empty', { row: row + 1, column: column + 1 });
}

export function DrawGrid(props: DrawGridProps): JSX.Element {
  const [at, setAt] = createSignal(0);
  const id = createUniqueId();
  const go = (row: number, column: number) => {
    const cell = clamp(row, props.rows) * props.columns + clamp(column, props.columns);
    setAt(cell);
    document.querySelector<HTMLElement>(`#${CSS.escape(`${id}-${cell}`)}`)?.focus();
  };
  const press = (event: KeyboardEvent) => {
    if (event.altKey || event.metaKey) return;
    const [row, column] = [Math.floor(at() / props.columns), at() % props.columns];
    const [lastRow, lastColumn] = [props.rows - 1, props.columns - 1];
    const moves: Readonly<Record<string, readonly [number, number]>> = {
      ArrowUp: [row - 1, column],
      ArrowDown: [row + 1, column],
      ArrowLeft: [row, column - 1],
      ArrowRight: [row, column + 1],
      Home: event.ctrlKey ? [0, 0] : [row, 0],
      End: event.ctrlKey ? [lastRow, lastColumn] : [row, lastColumn],
      PageUp: [0, column],
      PageDown: [lastRow, column],
    };
    const move = moves[event.key];
    if (move !== undefined) go(...move);
    else if (event.key === ' ' || event.key === 'Enter') props.onPaint(row, column, true);
    else if (event.key === 'Backspace' || event.key === 'Delete') props.onPaint(row, column, false);
    else return;
    event.preventDefault();
    if (move !== undefined && event.shiftKey) props.onPaint(clamp(move[0], props.rows), clamp(move[1], props.columns), true);
  };
  return (
    <div
      class="draw-grid"
      role="grid"
      aria-label={props.label}
      aria-describedby={props.describedBy}
      aria-rowcount={props.rows}
      aria-colcount={props.columns}
      onKeyDown={press}
    >
      <Index each={Array.from({ length: props.rows })}>
        {(_, row) => (
          <div role="row">
            <Index each={Array.from({ length: props.columns })}>
              {(__, column) => {
                const cell = () => row * props.columns + column;
                return (
                  <div
                    id={`${id}-${cell()}`}
                    role="gridcell"
                    tabindex={at() === cell() ? 0 : -1}
                    aria-label={cellText(row, column, props.filled[cell()] ?? false)}
                  />
                );
              }}
            </Index>
          </div>
        )}
      </Index>
    </div>
  );
}

function clamp(place: number, length: number): number {
  return Math.min(Math.max(place, 0), length - 1);
}
