/** The one screen of an address or browser where nothing can protect the data: says why, and what to do. Runs nothing else. */
import { For, type JSX } from 'solid-js';
import { t } from '../i18n/t.ts';
import type { MissingFeature } from '../state/platform.ts';
import { Mark } from '../ui/mark.tsx';
import { usePageTitle } from '../ui/title.ts';

const WAYS = ['https', 'localhost', 'host', 'browser'] as const;

export default function Insecure(props: { readonly missing: readonly MissingFeature[]; readonly origin: string }): JSX.Element {
  usePageTitle(() => t('insecure.title'));
  const text = (name: MissingFeature) =>
    name === 'context' ? t('insecure.missing.context', { origin: props.origin }) : t(`insecure.missing.${name}`);
  return (
    <main id="main" class="page narrow alone">
      <p class="brand">
        <Mark />
        <span>{t('app.name')}</span>
      </p>
      <h1>{t('insecure.title')}</h1>
      <p class="lead">{t('insecure.lead')}</p>
      <h2>{t('insecure.missing')}</h2>
      <ul class="plain-list">
        <For each={props.missing}>{(name) => <li>{text(name)}</li>}</For>
      </ul>
      <h2>{t('insecure.do')}</h2>
      <ul class="plain-list">
        <For each={WAYS}>{(way) => <li>{t(`insecure.do.${way}`)}</li>}</For>
      </ul>
    </main>
  );
}
