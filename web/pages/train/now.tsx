/** The live sentence. Screen readers hear it at most every five seconds, however fast rounds go by. */
import { createMemo, type Accessor, type JSX } from 'solid-js';
import type { Activity, Snapshot } from '#workers/api';
import { t } from '../../i18n/t.ts';
import { ANNOUNCE_MS, steady } from '../../state/steady.ts';
import { sentenceOf } from './sentence.ts';

/** What follows itself many times a minute; every other activity is news. */
const IN_ROUND: ReadonlySet<Activity> = new Set(['gathering', 'training', 'waiting-for-others', 'deciding']);

export function Now(props: { readonly snapshot: Accessor<Snapshot> }): JSX.Element {
  const stage = createMemo(() => (IN_ROUND.has(props.snapshot().activity) ? 'round' : props.snapshot().activity));
  const sentence = steady(createMemo(() => sentenceOf(props.snapshot())), ANNOUNCE_MS, stage);
  return (
    <section class="now" aria-label={t('train.now')} data-activity={props.snapshot().activity}>
      <p aria-live="polite" aria-atomic="true">
        {sentence()}
      </p>
    </section>
  );
}
