/**
 * A signal that changes at most once in `ms`, because screen readers announce each change of a sentence. The first change after a pause
 * shows at once; of later ones, the last shows at the end of the interval. A new `stage` always shows at once.
 */
import { createEffect, createSignal, on, onCleanup, type Accessor } from 'solid-js';

export const ANNOUNCE_MS = 5000;

export function steady<T>(source: Accessor<T>, ms: number = ANNOUNCE_MS, stage: Accessor<unknown> = () => null): Accessor<T> {
  const [shown, show] = createSignal(source());
  let last = -Infinity;
  let shownStage = stage();
  let timer: ReturnType<typeof setTimeout> | undefined;
  createEffect(
    on(source, (value) => {
      clearTimeout(timer);
      if (value === shown()) return;
      const wait = stage() === shownStage ? last + ms - performance.now() : 0;
      const change = () => {
        last = performance.now();
        shownStage = stage();
        show(() => value);
      };
      if (wait <= 0) change();
      else timer = setTimeout(change, wait);
    }),
  );
  onCleanup(() => clearTimeout(timer));
  return shown;
}
