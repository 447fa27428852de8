/** Opens the project of a pasted link: here if it is this site's, otherwise at the other relay. */
import { useNavigate } from '@solidjs/router';
import { createSignal, createUniqueId, Show, type JSX } from 'solid-js';
import { t } from '../../i18n/t.ts';
import '../../styles/share.css';
import { relayAddress } from '../../state/relay.ts';
import { leadsTo } from './link.ts';

export function JoinLink(): JSX.Element {
  const id = createUniqueId();
  const navigate = useNavigate();
  const [wrong, setWrong] = createSignal(false);
  const [away, setAway] = createSignal<string | null>(null);
  let field!: HTMLInputElement;
  const go = (event: SubmitEvent) => {
    event.preventDefault();
    const to = leadsTo(field.value, relayAddress());
    setWrong(to === null);
    setAway(to !== null && 'away' in to ? to.away : null);
    if (to === null) field.focus();
    else if ('path' in to) navigate(to.path);
  };
  return (
    <details class="join-link">
      <summary>{t('home.link')}</summary>
      <form onSubmit={go}>
        <label for={id}>{t('home.link.label')}</label>
        <div class="share-line">
          <input
            id={id}
            ref={field}
            type="text"
            inputmode="url"
            autocomplete="off"
            aria-invalid={wrong()}
            aria-describedby={`${id}-wrong`}
          />
          <button type="submit" class="button">
            {t('home.link.go')}
          </button>
        </div>
        <p id={`${id}-wrong`} role="status">
          <Show when={wrong()}>{t('home.link.wrong')}</Show>
          <Show when={away()}>
            {(href) => (
              <>
                {t('home.link.away')} <a href={href()}>{new URL(href()).host}</a>
              </>
            )}
          </Show>
        </p>
      </form>
    </details>
  );
}
