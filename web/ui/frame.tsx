/** The frame of every page: skip link, header with navigation, main, footer. */
import { A, useLocation } from '@solidjs/router';
import { createEffect, on, onMount, Suspense, type JSX, type ParentProps } from 'solid-js';
import { t } from '../i18n/t.ts';
import { ActivityPill } from './activity-pill.tsx';
import { keepFocus } from './focus-kept.ts';
import { Mark } from './mark.tsx';
import { NewVersion } from './new-version.tsx';
import { Pending } from './pending.tsx';
import { ThemeSwitch } from './theme-switch.tsx';

export function Frame(props: ParentProps): JSX.Element {
  const location = useLocation();
  let main!: HTMLElement;
  onMount(() => keepFocus(main));
  // A page change without a load would leave a screen reader where the old page was.
  createEffect(
    on(
      () => location.pathname,
      () => main.focus({ preventScroll: true }),
      { defer: true },
    ),
  );
  return (
    <>
      <a
        class="skip"
        href="#main"
        onClick={(event) => {
          event.preventDefault();
          main.focus();
        }}
      >
        {t('app.skip')}
      </a>
      <header class="frame-header">
        <A class="brand" href="/">
          <Mark />
          <span>{t('app.name')}</span>
        </A>
        <nav class="frame-nav" aria-label={t('nav.label')}>
          <A href="/" end={true}>
            {t('nav.projects')}
          </A>
          <A href="/models">{t('nav.models')}</A>
          <A href="/help">{t('nav.help')}</A>
        </nav>
        <div class="frame-tools">
          <ActivityPill />
          <ThemeSwitch />
        </div>
      </header>
      <NewVersion />
      <main id="main" tabindex="-1" ref={main}>
        <Suspense fallback={<Pending>{t('app.loading')}</Pending>}>{props.children}</Suspense>
      </main>
      <footer class="frame-footer">
        <A href="/help#others">{t('app.footer.others')}</A>
        <A href="/help#trust">{t('app.footer.trust')}</A>
      </footer>
    </>
  );
}
