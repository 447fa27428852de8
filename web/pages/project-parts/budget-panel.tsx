/** The privacy gauge: the spent part of epsilon on a ruler, and its meaning in words. */
import { Show, type JSX } from 'solid-js';
import { probabilityBound } from '#protocol/privacy/ledger/statement';
import type { Snapshot } from '#workers/api';
import { plural, t } from '../../i18n/t.ts';
import { BudgetMeter } from '../../ui/budget-meter.tsx';
import { certainty, duration, odds, quantity } from '../../words/format.ts';
import { roundGap, timeLeft } from '../../words/time-left.ts';

export interface BudgetPanelProps {
  readonly budget: Snapshot['budget'];
  /** The column whose equal cells are protected together; absent or null if each row is protected separately. */
  readonly group?: string | null;
  /** No round of the federation follows. */
  readonly finished?: boolean;
  /** Decided rounds, to estimate the time left; absent if there is nothing to estimate. */
  readonly rounds?: Snapshot['rounds'];
}

export function BudgetPanel(props: BudgetPanelProps): JSX.Element {
  const buys = () => {
    if (props.finished === true) return t('train.budget.finished');
    return props.budget.roundsLeft === 0 ? t('train.budget.left.none') : plural('train.budget.left', props.budget.roundsLeft);
  };
  const lasts = () => {
    const { rounds, budget } = props;
    if (props.finished === true || rounds === undefined || budget.roundsLeft === 0) return null;
    const [left, gap] = [timeLeft({ rounds, budget }), roundGap(rounds)];
    return left === null ? t('train.time-left.unknown') : t('train.time-left', { time: duration(left), gap: duration(gap!) });
  };
  const now = () => {
    const percent = certainty(probabilityBound(props.budget.spent));
    return props.group == null ? t('train.budget.now', { percent }) : t('train.budget.now.group', { percent, column: props.group });
  };
  /** The owner comes first. */
  const value = () => {
    const said = { spent: quantity(props.budget.spent), epsilon: quantity(props.budget.epsilon) };
    return props.group == null ? t('train.budget.value', said) : t('train.budget.value.group', { ...said, column: props.group });
  };
  return (
    <section class="panel" aria-labelledby="panel-budget">
      <h2 id="panel-budget">{t('train.budget')}</h2>
      <p class="strong">{value()}</p>
      <BudgetMeter budget={props.budget} label={t('train.budget.meter')} text={value()} />
      <p>{buys()}</p>
      <Show when={lasts()}>{(text) => <p>{text()}</p>}</Show>
      <p>
        {now()} {t('budget.delta', { delta: odds(props.budget.delta) })}
      </p>
      <p class="quiet">{t('train.budget.stop')}</p>
    </section>
  );
}
