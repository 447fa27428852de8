/** The result of the last round, as a panel of the train page. */
import { createMemo, type JSX } from 'solid-js';
import type { Snapshot } from '#workers/api';
import { t } from '../../i18n/t.ts';
import { lastRoundText } from './round-sentence.ts';

export function LastRound(props: { readonly snapshot: Snapshot }): JSX.Element {
  const text = createMemo(() => lastRoundText(props.snapshot));
  return (
    <section class="last-round" aria-labelledby="panel-last-round">
      <h2 id="panel-last-round">{t('train.last')}</h2>
      <p>{text()}</p>
    </section>
  );
}
