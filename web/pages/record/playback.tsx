/** A kept recording, drawn whole. A line moves across it in real time, or stands still with reduced motion. */
import { createMemo, createSignal, onCleanup, onMount, type JSX } from 'solid-js';
import type { KeptRecording } from '#workers/api';
import { t } from '../../i18n/t.ts';
import type { Moment } from '../../state/motion/motion-series.ts';
import { quantity } from '../../words/format.ts';
import { MotionPlot } from './motion-plot.tsx';

/** More points than the plot is wide in pixels would add nothing. */
const POINTS_MAX = 1200;

export function Playback(props: { readonly recording: KeptRecording }): JSX.Element {
  const moments = createMemo(() => momentsOf(props.recording));
  const length = () => (1000 * (props.recording.values.length / 3 - 1)) / props.recording.rate;
  const [cursor, setCursor] = createSignal<number | null>(null);
  onMount(() => {
    if (matchMedia('(prefers-reduced-motion: reduce)').matches) return;
    const started = performance.now();
    let frame = 0;
    const step = (now: number) => {
      const at = now - started;
      setCursor(at < length() ? Math.max(0, at) : null);
      if (at < length()) frame = requestAnimationFrame(step);
    };
    frame = requestAnimationFrame(step);
    onCleanup(() => cancelAnimationFrame(frame));
  });
  const words = () => {
    const { values } = props.recording;
    const [min, max] = [values.reduce((a, b) => Math.min(a, b)), values.reduce((a, b) => Math.max(a, b))];
    return t('record.plot.kept', { seconds: quantity(length() / 1000), min: min.toFixed(1), max: max.toFixed(1) });
  };
  return (
    <div class="motion-live">
      <MotionPlot moments={moments()} from={0} to={length()} cursor={cursor()} />
      <p class="quiet">{words()}</p>
    </div>
  );
}

function momentsOf({ values, rate }: KeptRecording): Moment[] {
  const count = values.length / 3;
  const step = Math.max(1, Math.ceil(count / POINTS_MAX));
  return Array.from({ length: Math.ceil(count / step) }, (_, i) => {
    const at = 3 * i * step;
    return { t: (1000 * i * step) / rate, x: values[at]!, y: values[at + 1]!, z: values[at + 2]! };
  });
}
