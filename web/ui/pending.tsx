/**
 * Stands where a part of the page is not here yet. While one stands the footer is away, so that what comes pushes nothing down (frame.css).
 * A wait that takes too long says so, and has a way on.
 */
import { createSignal, onCleanup, Show, type JSX, type ParentProps } from 'solid-js';
import { t } from '../i18n/t.ts';

/** Longer than the page waits for an answer of its relay: that has a notice of its own. */
export const LONG_MS = 10_000;

export function Pending(props: ParentProps): JSX.Element {
  const [long, setLong] = createSignal(false);
  const timer = setTimeout(() => setLong(true), LONG_MS);
  onCleanup(() => clearTimeout(timer));
  return (
    <div class="pending actions">
      <p class="quiet" role="status">
        {props.children}
        <Show when={long()}> {t('app.long')}</Show>
      </p>
      <Show when={long()}>
        <button type="button" class="button" onClick={() => location.reload()}>
          {t('app.reload')}
        </button>
      </Show>
    </div>
  );
}
