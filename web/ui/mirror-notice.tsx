/** Says that another tab of this browser holds the peer, and that this one only shows it. */
import { A } from '@solidjs/router';
import { Show, type JSX } from 'solid-js';
import type { Hash } from '#protocol/codec';
import { t } from '../i18n/t.ts';

/** @param props.link the federation to link to, or null if this page already shows it */
export function MirrorNotice(props: { readonly elsewhere: boolean; readonly link: Hash | null }): JSX.Element {
  return (
    <div class="notice" role="status">
      <p class="notice-what">{t('mirror.title')}</p>
      <p>
        {t('mirror.text')} <Show when={props.elsewhere}>{t('mirror.elsewhere')}</Show>
      </p>
      <Show when={props.link}>
        {(id) => (
          <A class="button" href={`/f/${id()}`}>
            {t('mirror.link')}
          </A>
        )}
      </Show>
    </div>
  );
}
