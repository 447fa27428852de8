/** Warns once that four fifths of the budget are spent, until dismissed. */
import { createEffect, createSignal, Show, type JSX } from 'solid-js';
import type { Hash } from '#protocol/codec';
import type { Snapshot } from '#workers/api';
import { plural, t } from '../../i18n/t.ts';
import { isActive } from '../../state/peer.ts';
import { quantity } from '../../words/format.ts';

/** Share of the budget. */
const ALERT_SHARE = 0.8;

/** Dismissals are stored by federation and limit: another limit warns again. */
const keyOf = (federation: Hash, epsilon: number) => `mesh-near-limit/${federation}/${epsilon}`;

function wasPutAway(key: string): boolean {
  try {
    return sessionStorage.getItem(key) !== null;
  } catch {
    return false; // storage is denied: it warns again after a reload
  }
}

export function NearLimit(props: { readonly snapshot: Snapshot }): JSX.Element {
  const key = () => keyOf(props.snapshot.federation, props.snapshot.budget.epsilon);
  const [away, setAway] = createSignal<string | null>(null);
  createEffect(() => {
    if (wasPutAway(key())) setAway(key());
  });
  const near = () => {
    const { spent, epsilon } = props.snapshot.budget;
    return isActive(props.snapshot) && spent > 0 && spent >= ALERT_SHARE * epsilon && away() !== key();
  };
  const putAway = () => {
    setAway(key());
    try {
      sessionStorage.setItem(key(), '1');
    } catch {
      // See wasPutAway().
    }
  };
  // Screen readers announce its first text; later figures are not announced.
  const said = (): string => {
    const { spent, epsilon, roundsLeft } = props.snapshot.budget;
    return plural('near.text', roundsLeft, { spent: quantity(spent), epsilon: quantity(epsilon) });
  };
  return (
    <div classList={{ notice: near(), unseen: !near() }}>
      <p role="status" class="notice-what">
        {near() ? t('near.title') : ''}
      </p>
      <Show when={near()}>
        <p>{said()}</p>
        <button type="button" class="button" onClick={putAway}>
          {t('near.close')}
        </button>
      </Show>
    </div>
  );
}
