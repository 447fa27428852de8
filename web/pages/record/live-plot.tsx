/** The sensor's last seconds as they arrive, and the current values in words. With reduced motion, only once a second. */
import { createSignal, onCleanup, onMount, type JSX } from 'solid-js';
import { t } from '../../i18n/t.ts';
import type { Moment } from '../../state/motion/motion-series.ts';
import { MotionPlot } from './motion-plot.tsx';

const SECONDS = 5;
const DRAW_MS = 100;
const SELDOM_MS = 1000;

/** Readings of the last seconds, in bounded memory. */
export class LastMoments {
  #moments: Moment[] = [];

  add(moment: Moment): void {
    this.#moments.push(moment);
    if (this.#moments.length > 200 * SECONDS) this.#moments = this.#moments.slice(-100 * SECONDS);
  }

  list(): readonly Moment[] {
    const end = this.#moments.at(-1)?.t ?? 0;
    return this.#moments.filter(({ t: at }) => at > end - 1000 * SECONDS && at <= end);
  }
}

export function LivePlot(props: { readonly last: LastMoments }): JSX.Element {
  const [shown, setShown] = createSignal<readonly Moment[]>([]);
  const [words, setWords] = createSignal('');
  const end = () => shown().at(-1)?.t ?? 0;
  const say = () => {
    const now = shown().at(-1);
    const fixed = (v: number) => v.toFixed(1);
    setWords(now === undefined ? t('record.plot.still') : t('record.plot.now', { x: fixed(now.x), y: fixed(now.y), z: fixed(now.z) }));
  };
  onMount(() => {
    const still = matchMedia('(prefers-reduced-motion: reduce)').matches;
    let turn = 0;
    const draw = () => {
      setShown(props.last.list());
      if (turn++ % (still ? 1 : SELDOM_MS / DRAW_MS) === 0) say();
    };
    draw();
    const timer = setInterval(draw, still ? SELDOM_MS : DRAW_MS);
    onCleanup(() => clearInterval(timer));
  });
  return (
    <div class="motion-live">
      <MotionPlot moments={shown()} from={end() - 1000 * SECONDS} to={end()} cursor={null} />
      <p class="quiet">{t('record.plot', { now: words() })}</p>
    </div>
  );
}
