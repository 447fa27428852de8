/** How far it is, in one line that is spoken too, and how much of a privacy allowance is used. */
import { Show, type Accessor, type JSX } from 'solid-js';
import type { Snapshot } from '#workers/api';
import { t } from '../../i18n/t.ts';
import { percent } from '../../ui/format.ts';
import { Now } from '../train/now.tsx';

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
  const share = () => (props.budget.epsilon > 0 ? Math.min(1, props.budget.spent / props.budget.epsilon) : 0);
  // Rounded up: what is shown as used is never less than what is.
  const text = () => t('stage.allowance', { percent: percent(Math.ceil(share() * 100) / 100) });
  return (
    <div class="allowance">
      <p>{text()}</p>
      <div
        class="ruler"
        role="meter"
        aria-label={t('stage.allowance.meter')}
        aria-valuemin="0"
        aria-valuemax={props.budget.epsilon}
        aria-valuenow={Math.min(props.budget.spent, props.budget.epsilon)}
        aria-valuetext={text()}
        style={{ '--share': share() }}
      />
    </div>
  );
}
