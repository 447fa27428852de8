/** Too few people for a round: send the link, or see how it goes with made-up ones meanwhile. */
import { A } from '@solidjs/router';
import type { JSX } from 'solid-js';
import type { Hash } from '#protocol/codec';
import { plural, t } from '../../i18n/t.ts';
import { ShareLink } from '../../ui/share-link.tsx';
import { relayAddress } from '../../state/relay.ts';

export function Invite(props: { readonly federation: Hash; readonly needed: number; readonly lacking: number }): JSX.Element {
  return (
    <section class="notice invite" aria-label={t('train.invite.title')}>
      <p>{props.lacking > 0 ? plural('train.invite.new', props.lacking) : t('train.invite', { needed: props.needed })}</p>
      <ShareLink url={`${relayAddress()}f/${props.federation}/join`} />
      <p>
        {t('train.invite.alone')} <A href={`/f/${props.federation}/practice`}>{t('train.invite.practise')}</A>
      </p>
    </section>
  );
}
