/** Names the document after the page in it, so that tabs and histories can be told apart. */
import { createEffect, type Accessor } from 'solid-js';
import { t } from '../i18n/t.ts';

export function usePageTitle(page: Accessor<string>): void {
  createEffect(() => {
    document.title = t('app.title', { page: page() });
  });
}
