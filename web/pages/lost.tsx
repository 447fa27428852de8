/** Shown at an unknown address, with a way back. */
import { A, useLocation } from '@solidjs/router';
import type { JSX } from 'solid-js';
import { t } from '../i18n/t.ts';
import { usePageTitle } from '../ui/title.ts';

export default function Lost(): JSX.Element {
  const location = useLocation();
  usePageTitle(() => t('lost.title'));
  return (
    <div class="page narrow">
      <h1>{t('lost.title')}</h1>
      <p class="lead">{t('lost.text', { path: location.pathname })}</p>
      <A class="button" href="/">
        {t('lost.back')}
      </A>
    </div>
  );
}
