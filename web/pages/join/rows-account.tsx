/** Which account pays for the rows: their earlier one, unless the person says that the rows are about other people. */
import { createSignal, createUniqueId, Show, type JSX } from 'solid-js';
import type { BudgetOffer } from '#workers/api';
import { plural, t } from '../../i18n/t.ts';
import type { PeerCalls } from '../../state/peer.ts';
import { failed, type Shown } from '../../state/problem.ts';
import { count } from '../../words/format.ts';
import { ProblemNotice } from '../../ui/problem-notice.tsx';

export interface RowsAccountProps {
  readonly calls: PeerCalls;
  readonly found: NonNullable<BudgetOffer['rows']>;
  /** Another account pays now, so a new offer is needed. */
  readonly onChanged: () => void;
}

export function RowsAccountField(props: RowsAccountProps): JSX.Element {
  const [id, warningId] = [createUniqueId(), createUniqueId()];
  const [busy, setBusy] = createSignal(false);
  const [problem, setProblem] = createSignal<Shown | null>(null);
  const setOwner = async (others: boolean) => {
    setBusy(true);
    const answer = await props.calls.setRowOwner(others).catch(failed);
    setBusy(false);
    setProblem(answer.ok ? null : answer.error);
    props.onChanged();
  };
  return (
    <Show when={props.found.known > 0 || props.found.others}>
      <fieldset class="rows-account">
        <legend>{t('account.title')}</legend>
        <Show when={props.found.known > 0}>
          <p>{plural('account.known', props.found.known)}</p>
        </Show>
        <Show when={props.found.accounts > 1}>
          <p>{t('account.merged', { n: count(props.found.accounts) })}</p>
        </Show>
        <div class="choice">
          <input
            id={id}
            type="checkbox"
            checked={props.found.others}
            disabled={busy()}
            aria-describedby={warningId}
            onChange={(event) => void setOwner(event.currentTarget.checked)}
          />
          <label for={id}>{t('account.others')}</label>
        </div>
        <p class="quiet" id={warningId}>
          {t('account.others.warning')}
        </p>
        <Show when={problem()}>{(shown) => <ProblemNotice problem={shown()} />}</Show>
      </fieldset>
    </Show>
  );
}
