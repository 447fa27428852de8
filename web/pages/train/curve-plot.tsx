/**
 * One curve on a canvas, by uPlot. Loaded once there is something to draw. For eyes only: its text twin is beside it. It moves with
 * the data and never by itself. Colours are the page's tokens, read anew when the theme changes.
 */
import { createEffect, on, onCleanup, onMount, type JSX } from 'solid-js';
import UPlot from 'uplot';
import 'uplot/dist/uPlot.min.css';
import type { Curve } from './curve.ts';

const HEIGHT = 170;
/** Pixels for the numbers of an axis. */
const LEFT = 56;
const WHOLE_STEPS = [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10_000];

export function CurvePlot(props: { readonly curve: Curve }): JSX.Element {
  let box!: HTMLDivElement;
  let plot: UPlot | undefined;
  onMount(() => {
    plot = new UPlot(
      optionsFor(() => props.curve, box),
      dataOf(props.curve),
      box,
    );
    const sized = new ResizeObserver(() => plot?.setSize({ width: box.clientWidth, height: HEIGHT }));
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
      () => props.curve,
      (curve) => plot?.setData(dataOf(curve)),
      { defer: true },
    ),
  );
  return <div class="curve-plot" ref={box} aria-hidden="true" />;
}

const dataOf = ({ points }: Curve): UPlot.AlignedData => [points.map(({ round }) => round), points.map(({ value }) => value)];

/** A canvas knows no custom properties, and `light-dark()` is settled only in a computed colour. */
function colour(box: HTMLElement, token: string): string {
  box.style.color = `var(${token})`;
  const settled = getComputedStyle(box).color;
  box.style.color = '';
  return settled;
}

function optionsFor(curve: () => Curve, box: HTMLElement): UPlot.Options {
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
    height: HEIGHT,
    padding: [10, 12, 0, 0],
    legend: { show: false },
    cursor: { show: false },
    scales: {
      x: { time: false, range: (_plot, min, max) => (min === max ? [min - 1, max + 1] : [min, max]) },
      y: { range: (_plot, _min, max) => [0, Math.max(curve().top ?? 0, max || 1) * 1.02] },
    },
    axes: [
      { ...axis, size: 28, space: 44, incrs: WHOLE_STEPS },
      {
        ...axis,
        size: LEFT,
        space: 30,
        values: (_plot, ticks) => ticks.map((tick) => curve().format(tick)),
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
    ],
  };
}
