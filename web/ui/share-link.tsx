/** An address to send to others: to read, to copy, and as a QR code; or a note that only this device can open it. */
import { A } from '@solidjs/router';
import { createEffect, createSignal, createUniqueId, lazy, on, onCleanup, Show, Suspense, type JSX } from 'solid-js';
import { t } from '../i18n/t.ts';
import { linkForOthers, type SharedLink } from '../state/share-address.ts';
import '../styles/share.css';

const QrCode = lazy(async () => ({ default: (await import('./qr-code.tsx')).QrCode }));

export function ShareLink(props: { readonly url: string }): JSX.Element {
  const id = createUniqueId();
  const [copied, setCopied] = createSignal<'no' | 'yes' | 'refused'>('no');
  const [open, setOpen] = createSignal(false);
  const [link, setLink] = createSignal<SharedLink>({ url: props.url, alone: false });
  createEffect(
    on(
      () => props.url,
      (url) => {
        let gone = false;
        onCleanup(() => (gone = true));
        setLink({ url, alone: false });
        void linkForOthers(url).then((found) => gone || setLink(found));
      },
    ),
  );
  let field!: HTMLInputElement;
  const copy = () =>
    navigator.clipboard.writeText(link().url).then(
      () => setCopied('yes'),
      () => {
        field.select(); // the clipboard is denied: copying by keyboard still works
        setCopied('refused');
      },
    );
  return (
    <div class="share">
      <label for={id}>{t('share.link')}</label>
      <div class="share-line">
        <input id={id} ref={field} type="url" readonly value={link().url} onFocus={() => field.select()} />
        <button type="button" class="button" onClick={() => void copy()}>
          {t('share.copy')}
        </button>
      </div>
      <Show when={link().alone}>
        <p class="notice">
          {t('share.alone')} <A href="/help#host">{t('share.alone.todo')}</A>
        </p>
      </Show>
      <p class="quiet" role="status">
        <Show when={copied() !== 'no'}>{copied() === 'yes' ? t('share.copied') : t('share.refused')}</Show>
      </p>
      <details onToggle={(event) => setOpen(event.currentTarget.open)}>
        <summary>{t('share.qr')}</summary>
        <Show when={open()}>
          <Suspense fallback={<p class="quiet">{t('app.loading')}</p>}>
            <QrCode text={link().url} label={t('share.qr.label', { url: link().url })} />
          </Suspense>
        </Show>
      </details>
    </div>
  );
}
