/**
 * The one screen of an address, a window or a browser where nothing can protect the data: says why, and the one thing to do. Runs nothing
 * else.
 */
import { For, Show, type JSX } from 'solid-js';
import { t } from '../i18n/t.ts';
import type { MissingFeature } from '../state/platform.ts';
import { Mark } from '../ui/mark.tsx';
import { usePageTitle } from '../ui/title.ts';

type Reason = 'address' | 'window' | 'browser';

/** An address that is not secure lacks most of the rest for that reason alone; a private window of some browsers lacks storage. */
function reasonOf(missing: readonly MissingFeature[]): Reason {
  if (missing.includes('context')) return 'address';
  return missing.every((name) => name === 'storage') ? 'window' : 'browser';
}

const WAYS = { address: ['https', 'localhost', 'host'], window: ['window'], browser: ['browser'] } as const;

export default function Insecure(props: { readonly missing: readonly MissingFeature[]; readonly origin: string }): JSX.Element {
  const reason = () => reasonOf(props.missing);
  const title = () => t(reason() === 'window' ? 'insecure.title.window' : 'insecure.title');
  usePageTitle(title);
  const text = (name: MissingFeature) =>
    name === 'context' ? t('insecure.missing.context', { origin: props.origin }) : t(`insecure.missing.${name}`);
  return (
    <main id="main" class="page narrow alone">
      <p class="brand">
        <Mark />
        <span>{t('app.name')}</span>
      </p>
      <h1>{title()}</h1>
      <p class="lead">{t(`insecure.lead.${reason()}`)}</p>
      <Show when={reason() === 'address'}>
        <p>{text('context')}</p>
      </Show>
      <ul class="plain-list">
        <For each={WAYS[reason()]}>{(way) => <li>{t(`insecure.do.${way}`)}</li>}</For>
      </ul>
      <details>
        <summary>{t('insecure.missing')}</summary>
        <ul class="plain-list">
          <For each={props.missing}>{(name) => <li>{text(name)}</li>}</For>
        </ul>
      </details>
    </main>
  );
}
