/** The models that this browser helped to train: each can be tried and downloaded. */
import { A } from '@solidjs/router';
import { For, Show, type JSX } from 'solid-js';
import { t } from '../i18n/t.ts';
import { takenPart } from '../state/taken-part.ts';
import '../styles/home.css';
import { day } from '../words/format.ts';
import { usePageTitle } from '../ui/title.ts';

export default function Models(): JSX.Element {
  usePageTitle(() => t('models.title'));
  return (
    <div class="page narrow">
      <h1>{t('models.title')}</h1>
      <Show
        when={takenPart().length > 0}
        fallback={
          <>
            <p class="lead">{t('models.none')}</p>
            <A class="button primary" href="/#projects">
              {t('models.projects')}
            </A>
          </>
        }
      >
        <p class="lead">{t('models.lead')}</p>
        <ul class="cards" aria-label={t('models.title')}>
          <For each={takenPart()}>
            {(one) => (
              <li class="card">
                <h2>
                  <A href={`/f/${one.id}`}>{one.name}</A>
                </h2>
                <p class="quiet">{t('models.at', { day: day(one.at) })}</p>
                <div class="actions">
                  <A class="button" href={`/f/${one.id}/try`} aria-label={t('card.tryNamed', { name: one.name })}>
                    {t('card.try')}
                  </A>
                </div>
              </li>
            )}
          </For>
        </ul>
      </Show>
    </div>
  );
}
