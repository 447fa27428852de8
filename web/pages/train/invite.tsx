/** Invites others: a link and its QR code, beside the result while waiting for them, and in a dialog at any time. */
import { A } from '@solidjs/router';
import { createSignal, Show, type JSX } from 'solid-js';
import type { Hash } from '#protocol/codec';
import { plural, t } from '../../i18n/t.ts';
import { relayAddress } from '../../state/relay.ts';
import { ShareLink } from '../../ui/share-link.tsx';

const linkTo = (federation: Hash) => `${relayAddress()}f/${federation}/join`;

export function Invite(props: { readonly federation: Hash; readonly needed: number; readonly lacking: number }): JSX.Element {
  return (
    <section class="invite" aria-label={t('train.invite.title')}>
      <h2>{t('train.invite.title')}</h2>
      <p>{props.lacking > 0 ? plural('train.invite.new', props.lacking) : t('train.invite', { needed: props.needed })}</p>
      <ShareLink url={linkTo(props.federation)} />
      <p>
        {t('train.invite.alone')} <A href={`/f/${props.federation}/practice`}>{t('train.invite.practise')}</A>
      </p>
    </section>
  );
}

export function InviteSheet(props: { readonly federation: Hash; readonly primary: boolean }): JSX.Element {
  let sheet!: HTMLDialogElement;
  const [open, setOpen] = createSignal(false);
  const show = () => {
    setOpen(true);
    sheet.showModal();
  };
  return (
    <>
      <button type="button" class="button" classList={{ primary: props.primary }} aria-haspopup="dialog" onClick={show}>
        {t('stage.invite')}
      </button>
      <dialog class="sheet" ref={sheet} aria-label={t('train.invite.title')} onClose={() => setOpen(false)}>
        <Show when={open()}>
          <h2>{t('train.invite.title')}</h2>
          <ShareLink url={linkTo(props.federation)} />
          <form method="dialog">
            <button type="submit" class="button">
              {t('stage.close')}
            </button>
          </form>
        </Show>
      </dialog>
    </>
  );
}
