/** The live sentence. Screen readers hear it at most every five seconds, however fast rounds go by. */
import { createMemo, type Accessor, type JSX } from 'solid-js';
import type { Snapshot } from '#workers/api';
import { t } from '../../i18n/t.ts';
import { steady } from '../../state/steady.ts';
import { sentenceOf } from './sentence.ts';

export function Now(props: { readonly snapshot: Accessor<Snapshot> }): JSX.Element {
  const sentence = steady(createMemo(() => sentenceOf(props.snapshot())));
  return (
    <section class="now" aria-label={t('train.now')} data-activity={props.snapshot().activity}>
      <p aria-live="polite" aria-atomic="true">
        {sentence()}
      </p>
    </section>
  );
}
