/** Sets the document's title to the page's, to tell tabs and history entries apart. */
import { createEffect, type Accessor } from 'solid-js';
import { t } from '../i18n/t.ts';

export function usePageTitle(page: Accessor<string>): void {
  createEffect(() => {
    document.title = t('app.title', { page: page() });
  });
}
