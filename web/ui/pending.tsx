/**
 * Placeholder for a part of the page that is still loading. Meanwhile the footer is hidden, so that nothing jumps (frame.css). A wait that
 * takes too long says so and offers a next step.
 */
import { createSignal, onCleanup, Show, type JSX, type ParentProps } from 'solid-js';
import { t } from '../i18n/t.ts';

/** Longer than the page waits for its relay, which has its own notice. */
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
