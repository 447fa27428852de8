/**
 * Acceleration along three axes as lines, distinguished by dashes as well as colour. Visual only: the text beside it says the same. It
 * never animates by itself.
 */
import { For, Show, type JSX } from 'solid-js';
import type { Moment } from '../../state/motion/motion-series.ts';

const AXES = ['x', 'y', 'z'] as const;
const WIDTH = 600;
const HEIGHT = 160;
/** m/s2 at the upper edge, and its negative at the lower one; readings beyond are drawn at the edge. */
const STRENGTH = 25;

export interface MotionPlotProps {
  /** In order of time. */
  readonly moments: readonly Moment[];
  /** Milliseconds from the left edge to the right one. */
  readonly from: number;
  readonly to: number;
  /** Position of a vertical line; null for none. */
  readonly cursor: number | null;
}

export function MotionPlot(props: MotionPlotProps): JSX.Element {
  const across = (t: number) => (WIDTH * (t - props.from)) / (props.to - props.from);
  const points = (axis: (typeof AXES)[number]) =>
    props.moments
      .map((moment) => {
        const up = Math.max(-1, Math.min(1, moment[axis] / STRENGTH));
        return `${across(moment.t).toFixed(1)},${((HEIGHT / 2) * (1 - up)).toFixed(1)}`;
      })
      .join(' ');
  return (
    <div class="motion-plot" aria-hidden="true">
      <svg viewBox={`0 0 ${WIDTH} ${HEIGHT}`} preserveAspectRatio="none">
        <line class="motion-zero" x1="0" x2={WIDTH} y1={HEIGHT / 2} y2={HEIGHT / 2} />
        <For each={AXES}>{(axis) => <polyline class={`motion-${axis}`} points={points(axis)} />}</For>
        <Show when={props.cursor !== null}>
          <line class="motion-cursor" x1={across(props.cursor ?? 0)} x2={across(props.cursor ?? 0)} y1="0" y2={HEIGHT} />
        </Show>
      </svg>
      <p class="motion-key">
        <For each={AXES}>
          {(axis) => (
            <span>
              <svg viewBox="0 0 32 8">
                <polyline class={`motion-${axis}`} points="0,4 32,4" />
              </svg>
              {axis}
            </span>
          )}
        </For>
      </p>
    </div>
  );
}
