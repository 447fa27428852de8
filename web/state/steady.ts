/**
 * A signal that changes at most once in `ms`: a screen reader announces each change, so a busy sentence would never end.
 * The first change after a quiet time shows at once; of the ones that follow, the last one at the end of the pause. What a person
 * has asked for or must know does not wait: a new `stage` shows at once.
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
