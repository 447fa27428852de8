/**
 * Shown at an address, or in a window or browser, that cannot protect the data: it says why and what to do. Nothing else runs.
 */
import { For, type JSX } from 'solid-js';
import { t } from '../i18n/t.ts';
import type { MissingFeature } from '../state/platform.ts';
import '../styles/insecure.css';
import { Mark } from '../ui/mark.tsx';
import { usePageTitle } from '../ui/title.ts';

type Reason = 'address' | 'window' | 'browser';

/** Checked first: an insecure address also lacks most other features. Private windows of some browsers lack storage. */
function reasonOf(missing: readonly MissingFeature[]): Reason {
  if (missing.includes('context')) return 'address';
  return missing.every((name) => name === 'storage') ? 'window' : 'browser';
}

const WAYS = { address: ['https', 'localhost', 'host'], window: ['window'], browser: ['browser'] } as const;

export default function Insecure(props: { readonly missing: readonly MissingFeature[]; readonly origin: string }): JSX.Element {
  const reason = () => reasonOf(props.missing);
  const title = () => t(reason() === 'window' ? 'insecure.title.window' : 'insecure.title');
  usePageTitle(title);
  const lead = () => {
    const why = reason();
    return why === 'address' ? t('insecure.lead.address', { origin: props.origin }) : t(`insecure.lead.${why}`);
  };
  return (
    <main id="main" class="page narrow alone">
      <p class="brand">
        <Mark />
        <span>{t('app.name')}</span>
      </p>
      <h1>{title()}</h1>
      <p class="lead">{lead()}</p>
      <For each={WAYS[reason()]}>{(way, i) => <p classList={{ strong: i() === 0 }}>{t(`insecure.do.${way}`)}</p>}</For>
      <details>
        <summary>{t('insecure.missing')}</summary>
        <ul class="plain-list">
          <For each={props.missing}>{(name) => <li>{t(`insecure.missing.${name}`)}</li>}</For>
        </ul>
      </details>
    </main>
  );
}
