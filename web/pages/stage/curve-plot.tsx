/**
 * One curve on a canvas, by uPlot. Loaded once there is something to draw. Visual only: a table beside it has the same values. It changes
 * only with the data. Colours are the page's tokens, read again when the theme changes.
 */
import { createEffect, on, onCleanup, onMount, type JSX } from 'solid-js';
import UPlot from 'uplot';
import 'uplot/dist/uPlot.min.css';
import { t } from '../../i18n/t.ts';
import { percent } from '../../words/format.ts';
import type { Curve } from './curve.ts';

const HEIGHT = 170;
/** A horizontal line for each baseline. */
const BASELINES_MAX = 2;
/** Pixels for the numbers of an axis. */
const LEFT = 56;
const WHOLE_STEPS = [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10_000];

export interface Baseline {
  readonly name: string;
  readonly value: number;
}

export interface CurvePlotProps {
  readonly curve: Curve;
  /** Baselines for the curve to beat, drawn as thin horizontal lines with their names. */
  readonly baselines?: readonly Baseline[];
  /** The last round of the scale. If set, the plot fills its box instead of having its own height. */
  readonly until?: number;
}

export function CurvePlot(props: CurvePlotProps): JSX.Element {
  let box!: HTMLDivElement;
  let plot: UPlot | undefined;
  const rivals = () => (props.baselines ?? []).slice(0, BASELINES_MAX);
  const data = () => dataOf(props.curve, rivals(), props.until ?? 0);
  onMount(() => {
    const height = () => (props.until === undefined ? HEIGHT : Math.max(HEIGHT, box.clientHeight));
    plot = new UPlot(
      {
        ...optionsFor(
          () => props.curve,
          box,
          rivals,
          () => props.until ?? 0,
        ),
        height: height(),
      },
      data(),
      box,
    );
    const sized = new ResizeObserver(() => plot?.setSize({ width: box.clientWidth, height: height() }));
    sized.observe(box);
    const redraw = () => plot?.redraw(false);
    const themed = new MutationObserver(redraw);
    themed.observe(document.documentElement, { attributeFilter: ['data-theme'] });
    const system = matchMedia('(prefers-color-scheme: dark)');
    system.addEventListener('change', redraw);
    onCleanup(() => {
      sized.disconnect();
      themed.disconnect();
      system.removeEventListener('change', redraw);
      plot?.destroy();
    });
  });
  createEffect(
    on(
      () => [props.curve, props.baselines],
      () => plot?.setData(data()),
      { defer: true },
    ),
  );
  return <div class="curve-plot" classList={{ fill: props.until !== undefined }} ref={box} aria-hidden="true" />;
}

/** The curve's rounds and values, then each baseline's value at every round and at the end of the scale. */
function dataOf({ points }: Curve, rivals: readonly Baseline[], until: number): UPlot.AlignedData {
  const ahead = (points.at(-1)?.round ?? until) < until ? [until] : [];
  const rounds = [...points.map(({ round }) => round), ...ahead];
  const lines = Array.from({ length: BASELINES_MAX }, (_, i) => rounds.map(() => rivals[i]?.value ?? null));
  return [rounds, [...points.map(({ value }) => value), ...ahead.map(() => null)], ...lines];
}

/** A canvas does not resolve custom properties, and `light-dark()` is resolved only in a computed colour. */
function colour(box: HTMLElement, token: string): string {
  box.style.color = `var(${token})`;
  const settled = getComputedStyle(box).color;
  box.style.color = '';
  return settled;
}

function optionsFor(
  curve: () => Curve,
  box: HTMLElement,
  rivals: () => readonly Baseline[],
  until: () => number,
): Omit<UPlot.Options, 'height'> {
  const { name, token, dash, stepped } = curve();
  const axis = {
    stroke: () => colour(box, '--ink-quiet'),
    font: `12px ${getComputedStyle(box).fontFamily}`,
    grid: { stroke: () => colour(box, '--line'), width: 1 },
    ticks: { show: false },
  };
  const steps = stepped ? UPlot.paths.stepped?.({ align: 1 }) : undefined;
  return {
    width: box.clientWidth,
    padding: [10, 12, 0, 0],
    legend: { show: false },
    cursor: { show: false },
    scales: {
      x: { time: false, range: (_plot, min, max) => (min === max ? [min - 1, max + 1] : [min, Math.max(max, until())]) },
      y: { range: (_plot, _min, max) => [0, Math.max(curve().top ?? 0, max || 1) * 1.02] },
    },
    axes: [
      { ...axis, size: 28, space: 44, incrs: WHOLE_STEPS, label: t('train.round'), labelSize: 18, labelGap: 0, labelFont: axis.font },
      {
        ...axis,
        size: LEFT,
        space: 30,
        values: (_plot, ticks) => ticks.map((tick) => (name === 'accuracy' ? percent(tick) : curve().format(tick))),
        ...(name === 'people' ? { incrs: WHOLE_STEPS } : {}),
      },
    ],
    series: [
      {},
      {
        stroke: () => colour(box, token),
        width: 2,
        dash: [...dash],
        points: { show: (plot) => plot.data[0].length <= 24, size: 6, fill: () => colour(box, '--paper') },
        ...(steps === undefined ? {} : { paths: steps }),
      },
      ...Array.from({ length: BASELINES_MAX }, () => ({
        stroke: () => colour(box, '--line-strong'),
        width: 1,
        dash: [6, 4],
        points: { show: false },
      })),
    ],
    hooks: { draw: [(plot) => nameRivals(plot, rivals(), colour(box, '--ink-quiet'), axis.font)] },
  };
}

/** Writes each baseline's name above its line, at the end away from the curve. */
function nameRivals(plot: UPlot, rivals: readonly Baseline[], ink: string, font: string): void {
  const { ctx, bbox } = plot;
  ctx.save();
  ctx.fillStyle = ink;
  ctx.font = font.replace(/^(\d+)px/, (_, px: string) => `${Number(px) * devicePixelRatio}px`);
  ctx.textAlign = 'right';
  for (const { name, value } of rivals) ctx.fillText(name, bbox.left + bbox.width, plot.valToPos(value, 'y', true) - 5 * devicePixelRatio);
  ctx.restore();
}
