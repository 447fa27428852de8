/** Says that a newer page is ready, and loads it on request: never by itself, since a round may be in progress. */
import { Show, type JSX } from 'solid-js';
import { t } from '../i18n/t.ts';
import { newVersion, takeNewVersion } from '../state/offline.ts';

export function NewVersion(): JSX.Element {
  return (
    <div role="status">
      <Show when={newVersion()}>
        <div class="notice new-version">
          <p>{t('offline.ready')}</p>
          <button type="button" class="button" onClick={() => takeNewVersion()}>
            {t('offline.reload')}
          </button>
        </div>
      </Show>
    </div>
  );
}
