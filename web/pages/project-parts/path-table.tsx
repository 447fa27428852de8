/** Who is here and how they are reached: a symbol and a word for each path. */
import { Index, Show, type JSX } from 'solid-js';
import type { PeerView } from '#workers/api';
import { t } from '../../i18n/t.ts';
import { short } from '../../words/format.ts';

const SIGNS: Readonly<Record<PeerView['path'], string>> = { direct: '↔', relayed: '⇝', 'in-page': '▣' };

export function PathTable(props: { readonly peers: readonly PeerView[] }): JSX.Element {
  return (
    <table class="paths" aria-label={t('train.peers.list')}>
      <thead>
        <tr>
          <th scope="col">{t('train.peers.who')}</th>
          <th scope="col">{t('train.peers.path')}</th>
        </tr>
      </thead>
      <tbody>
        <Index each={props.peers}>
          {(peer) => (
            <tr>
              <th scope="row">
                <code title={peer().peer}>{short(peer().peer)}</code>
                <Show when={peer().relay}>
                  <span class="tag">{t('train.peers.relay')}</span>
                </Show>
                <Show when={peer().seat}>
                  <span class="tag">{t('train.peers.seat')}</span>
                </Show>
              </th>
              <td>
                <span class="path-sign" aria-hidden="true">
                  {SIGNS[peer().path]}
                </span>{' '}
                {t(`train.path.${peer().path}`)}
              </td>
            </tr>
          )}
        </Index>
      </tbody>
    </table>
  );
}
