/** An address to send to others: to read, to copy, and as a QR code. */
import { createSignal, createUniqueId, lazy, Show, Suspense, type JSX } from 'solid-js';
import { t } from '../i18n/t.ts';
import '../styles/share.css';

const QrCode = lazy(async () => ({ default: (await import('./qr-code.tsx')).QrCode }));

export function ShareLink(props: { readonly url: string }): JSX.Element {
  const id = createUniqueId();
  const [copied, setCopied] = createSignal<'no' | 'yes' | 'refused'>('no');
  const [open, setOpen] = createSignal(false);
  let field!: HTMLInputElement;
  const copy = () =>
    navigator.clipboard.writeText(props.url).then(
      () => setCopied('yes'),
      () => {
        field.select(); // the clipboard is denied: the person's own keys still work
        setCopied('refused');
      },
    );
  return (
    <div class="share">
      <label for={id}>{t('share.link')}</label>
      <div class="share-line">
        <input id={id} ref={field} type="url" readonly value={props.url} onFocus={() => field.select()} />
        <button type="button" class="button" onClick={() => void copy()}>
          {t('share.copy')}
        </button>
      </div>
      <p class="quiet" role="status">
        <Show when={copied() !== 'no'}>{copied() === 'yes' ? t('share.copied') : t('share.refused')}</Show>
      </p>
      <details onToggle={(event) => setOpen(event.currentTarget.open)}>
        <summary>{t('share.qr')}</summary>
        <Show when={open()}>
          <Suspense fallback={<p class="quiet">{t('app.loading')}</p>}>
            <QrCode text={props.url} label={t('share.qr.label', { url: props.url })} />
          </Suspense>
        </Show>
      </details>
    </div>
  );
}
