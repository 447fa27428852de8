/** The federation's state and this tab's traffic, as short lists of facts. */
import { Show, type JSX } from 'solid-js';
import type { Snapshot } from '#workers/api';
import { t } from '../../i18n/t.ts';
import { Fact } from '../../ui/facts.tsx';
import { bytes, count } from '../../words/format.ts';
import { PathTable } from './path-table.tsx';
import { linksText } from '../../words/sentence.ts';

export function FederationPanel(props: { readonly snapshot: Snapshot }): JSX.Element {
  return (
    <section class="panel" aria-labelledby="panel-federation">
      <h2 id="panel-federation">{t('train.federation')}</h2>
      <dl class="facts column">
        <Fact name={t('train.round')}>{count(props.snapshot.round)}</Fact>
        <Fact name={t('train.contributed')}>{count(props.snapshot.contributed)}</Fact>
        <Fact name={t('train.skips')}>{count(props.snapshot.skips)}</Fact>
        <Fact name={t('train.peers')}>{linksText(props.snapshot) || t('train.peers.none')}</Fact>
      </dl>
      <Show when={props.snapshot.peers.length > 0}>
        <details>
          <summary>{t('train.peers.list')}</summary>
          <PathTable peers={props.snapshot.peers} />
        </details>
      </Show>
    </section>
  );
}

export function TrafficPanel(props: { readonly snapshot: Snapshot }): JSX.Element {
  return (
    <section class="panel" aria-labelledby="panel-traffic">
      <h2 id="panel-traffic">{t('train.traffic')}</h2>
      <dl class="facts column">
        <Fact name={t('train.traffic.out')}>{bytes(props.snapshot.bytesOut)}</Fact>
        <Fact name={t('train.traffic.in')}>{bytes(props.snapshot.bytesIn)}</Fact>
      </dl>
    </section>
  );
}
