/**
 * A signal that changes at most once in `ms`: a screen reader announces each change, so a busy sentence would never end.
 * The first change after a quiet time shows at once; of the ones that follow, the last one at the end of the pause.
 */
import { createEffect, createSignal, on, onCleanup, type Accessor } from 'solid-js';

export const ANNOUNCE_MS = 5000;

export function steady<T>(source: Accessor<T>, ms: number = ANNOUNCE_MS): Accessor<T> {
  const [shown, show] = createSignal(source());
  let last = -Infinity;
  let timer: ReturnType<typeof setTimeout> | undefined;
  createEffect(
    on(source, (value) => {
      clearTimeout(timer);
      if (value === shown()) return;
      const wait = last + ms - performance.now();
      const change = () => {
        last = performance.now();
        show(() => value);
      };
      if (wait <= 0) change();
      else timer = setTimeout(change, wait);
    }),
  );
  onCleanup(() => clearTimeout(timer));
  return shown;
}
