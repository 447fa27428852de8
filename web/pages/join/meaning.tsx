/** An allowance in figures, on request: how sure an attacker can become, what it costs, how updates are blurred. */
import { Show, type JSX } from 'solid-js';
import type { ManifestBody } from '#protocol/manifest/manifest';
import { probabilityBound } from '#protocol/privacy/ledger/statement';
import { groupOf, type Task } from '#protocol/manifest/task';
import type { BudgetOffer } from '#workers/api';
import { t } from '../../i18n/t.ts';
import { bytes, certainty, odds, quantity } from '../../words/format.ts';

/** Rounded up, but never above what was agreed to. */
const epsilonAtMost = ({ cost, epsilon }: BudgetOffer) => quantity(Math.min(epsilon, Math.ceil(cost * 1000) / 1000));

export function Meaning(props: { readonly offer: BudgetOffer | null; readonly body: ManifestBody }): JSX.Element {
  return (
    <div class="aside-body">
      <p>{t('budget.epsilon')}</p>
      <Show when={props.offer}>
        {(offer) => (
          <>
            <p>
              {sureAt(offer().epsilon, props.body.task)} {t('budget.delta', { delta: odds(offer().delta) })}
            </p>
            <Show when={offer().rounds > 0}>
              <p>{t('budget.cost', { cost: epsilonAtMost(offer()), bytes: bytes(offer().bytes) })}</p>
            </Show>
          </>
        )}
      </Show>
      <p>{noiseOf(props.body)}</p>
      <p>{t('budget.counted')}</p>
    </div>
  );
}

function sureAt(epsilon: number, task: Task): string {
  const percent = certainty(probabilityBound(epsilon));
  if (task.kind === 'sequence') return t('sequence.budget.sure', { percent });
  const group = groupOf(task);
  return group === null ? t('budget.sure', { percent }) : t('budget.sure.group', { percent, column: group.column });
}

function noiseOf({ task, privacy }: ManifestBody): string {
  const by = { clip: quantity(privacy.clip), sigma: quantity(privacy.sigma) };
  if (task.kind === 'sequence') return t('sequence.budget.noise', by);
  const group = groupOf(task);
  const said = group === null ? t('budget.noise', by) : t('budget.noise.group', { ...by, column: group.column });
  return privacy.adaptive === undefined ? said : `${said} ${t('budget.adaptive')}`;
}
