/** The budget is spent: what that means, that the model stays usable, and how to continue. */
import { A } from '@solidjs/router';
import { createEffect, createMemo, createSignal, on, onCleanup, Show, type JSX } from 'solid-js';
import type { ManifestBody } from '#protocol/manifest/manifest';
import { probabilityBound } from '#protocol/privacy/ledger/statement';
import type { BudgetOffer, Snapshot } from '#workers/api';
import { plural, t } from '../../i18n/t.ts';
import type { PeerCalls } from '../../state/peer.ts';
import { failed } from '../../state/problem.ts';
import { certainty, quantity } from '../../words/format.ts';

export const isSpent = ({ activity }: Snapshot): boolean => activity === 'budget-spent';

export interface BudgetSpentProps {
  readonly calls: PeerCalls;
  readonly snapshot: Snapshot;
  readonly privacy: ManifestBody['privacy'];
  /** A mirroring tab cannot call the peer or leave. */
  readonly readOnly: boolean;
}

export function BudgetSpent(props: BudgetSpentProps): JSX.Element {
  const budget = () => props.snapshot.budget;
  const [offer, setOffer] = createSignal<BudgetOffer | null>(null);
  const max = () => props.privacy.epsilon;
  const roomLeft = () => budget().epsilon < max();
  /** Compared by value: snapshots come often, and the accountant should be asked once. */
  const wanted = createMemo(() => (roomLeft() && !props.readOnly ? max() : null));
  createEffect(
    on(wanted, (most) => {
      setOffer(null);
      if (most === null) return;
      let current = true;
      onCleanup(() => (current = false));
      void props.calls
        .offer(most)
        .catch(failed)
        .then((answer) => {
          if (current && answer.ok) setOffer(answer.value);
        });
    }),
  );
  const more = (found: BudgetOffer): string => {
    const values = { max: quantity(max()), percent: certainty(probabilityBound(max())) };
    return found.rounds > 0 ? plural('spent.more', found.rounds, values) : t('spent.more.none', { max: values.max });
  };
  return (
    <section class="notice spent" aria-labelledby="panel-spent">
      <h2 id="panel-spent">{t('spent.title')}</h2>
      <p>{t('spent.text', { spent: quantity(budget().spent), epsilon: quantity(budget().epsilon) })}</p>
      <p>{t('spent.usable')}</p>
      <div class="actions">
        <A class="button" href={`/f/${props.snapshot.federation}/try`}>
          {t('spent.try')}
        </A>
      </div>
      <h3>{t('spent.on')}</h3>
      <ul class="plain-list">
        <Show when={roomLeft()} fallback={<li>{t('spent.more.most', { max: quantity(max()) })}</li>}>
          <Show when={offer()}>{(found) => <li>{more(found())}</li>}</Show>
        </Show>
        <li>{t('spent.rows')}</li>
        <li>{t('spent.elsewhere')}</li>
      </ul>
      <Show when={!props.readOnly}>
        <p class="quiet">{t('spent.leave')}</p>
      </Show>
    </section>
  );
}
