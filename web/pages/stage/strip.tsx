/** Progress in one line, which is also announced, and the used part of the privacy allowance. */
import { Show, type Accessor, type JSX } from 'solid-js';
import type { Snapshot } from '#workers/api';
import { t } from '../../i18n/t.ts';
import { BudgetMeter, shareOf } from '../../ui/budget-meter.tsx';
import { percent } from '../../words/format.ts';
import { Now } from './now.tsx';

export interface StripProps {
  readonly snapshot: Accessor<Snapshot>;
  readonly words: (snapshot: Snapshot) => string;
  /** Absent if nothing is spent: when watching, or in practice. */
  readonly budget?: Snapshot['budget'] | undefined;
}

export function Strip(props: StripProps): JSX.Element {
  return (
    <div class="strip">
      <Now snapshot={props.snapshot} words={props.words} />
      <Show when={props.budget}>{(budget) => <AllowanceMeter budget={budget()} />}</Show>
    </div>
  );
}

/** Epsilon as a share of what the person allowed; the privacy part has the figures. */
function AllowanceMeter(props: { readonly budget: Snapshot['budget'] }): JSX.Element {
  // Rounded up, so that use is never understated.
  const text = () => t('stage.allowance', { percent: percent(Math.ceil(shareOf(props.budget) * 100) / 100) });
  return (
    <div class="allowance">
      <p>{text()}</p>
      <BudgetMeter budget={props.budget} label={t('stage.allowance.meter')} text={text()} />
    </div>
  );
}
