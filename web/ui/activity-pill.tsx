/**
 * What this browser is doing, on every page except the project's: a link back to the training project, or a note that the relay is gone.
 * Empty otherwise. Symbols differ in shape as well as in colour.
 */
import { A, useLocation } from '@solidjs/router';
import { createMemo, Show, type JSX } from 'solid-js';
import { t } from '../i18n/t.ts';
import { reach } from '../state/connection.ts';
import { stateOf } from '../words/sentence.ts';
import { isActive, usePeer } from '../state/peer.ts';

export function ActivityPill(): JSX.Element {
  const peer = usePeer();
  const location = useLocation();
  /** The project that this browser takes part in, if another page is shown. */
  const elsewhere = createMemo(() => {
    const [joined, snapshot] = [peer.joined(), peer.snapshot()];
    if (joined === null || snapshot?.federation !== joined || !isActive(snapshot)) return null;
    return location.pathname.endsWith(`/f/${joined}`) ? null : joined;
  });
  const state = () => stateOf(peer.snapshot()!, { member: true, over: false, participant: true, mirror: false });
  const gone = () => (peer.snapshot() === null ? reach() === 'unreachable' : peer.snapshot()!.activity === 'waiting-for-relay');
  return (
    <div class="pill-place" role="status">
      <Show
        when={elsewhere()}
        fallback={
          <Show when={gone()}>
            <p class="pill" data-tone="bad">
              <span aria-hidden="true">▲</span> {t('pill.gone')}
            </p>
          </Show>
        }
      >
        {(id) => (
          <A class="pill" href={`/f/${id()}`}>
            <span aria-hidden="true">{state().tone === 'busy' ? '●' : '◐'}</span> {gone() ? t('pill.gone') : state().text}
          </A>
        )}
      </Show>
    </div>
  );
}
