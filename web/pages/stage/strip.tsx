/** How far it is, in one line that is spoken too, and how much of a privacy allowance is used. */
import { Show, type Accessor, type JSX } from 'solid-js';
import type { Snapshot } from '#workers/api';
import { t } from '../../i18n/t.ts';
import { BudgetMeter, shareOf } from '../../ui/budget-meter.tsx';
import { percent } from '../../words/format.ts';
import { Now } from './now.tsx';

export interface StripProps {
  readonly snapshot: Accessor<Snapshot>;
  readonly words: (snapshot: Snapshot) => string;
  /** Absent where nothing is spent: who watches, practice. */
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

/** Epsilon as a share of what the person allowed; the figures themselves are in the privacy part. */
function AllowanceMeter(props: { readonly budget: Snapshot['budget'] }): JSX.Element {
  // Rounded up: what is shown as used is never less than what is.
  const text = () => t('stage.allowance', { percent: percent(Math.ceil(shareOf(props.budget) * 100) / 100) });
  return (
    <div class="allowance">
      <p>{text()}</p>
      <BudgetMeter budget={props.budget} label={t('stage.allowance.meter')} text={text()} />
    </div>
  );
}
