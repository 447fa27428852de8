/** The federation is there: its address to send on, and the way in. */
import { A } from '@solidjs/router';
import { onMount, Show, type JSX } from 'solid-js';
import type { Hash } from '#protocol/codec';
import { t } from '../../i18n/t.ts';
import { ShareLink } from '../../ui/share-link.tsx';
import { relayAddress } from '../../state/relay.ts';

export function Published(props: { readonly id: Hash; readonly name: string; readonly waits: boolean }): JSX.Element {
  let heading!: HTMLHeadingElement;
  onMount(() => heading.focus());
  return (
    <>
      <h1 ref={heading} tabindex="-1">
        {t(props.waits ? 'create.waiting.title' : 'create.published.title', { name: props.name })}
      </h1>
      <p class="lead">{t(props.waits ? 'create.waiting.lead' : 'create.published.lead')}</p>
      <ShareLink url={`${relayAddress()}f/${props.id}/join`} />
      <Show when={!props.waits}>
        <div class="actions">
          <A class="button primary" href={`/f/${props.id}/join`}>
            {t('create.published.join')}
          </A>
          <A class="button" href={`/f/${props.id}`}>
            {t('create.published.watch')}
          </A>
        </div>
      </Show>
      <p class="quiet">{t('create.published.key')}</p>
    </>
  );
}
