/** The live sentence. It changes at most once a second; screen readers announce it at most every five seconds, however fast rounds are. */
import { createMemo, type Accessor, type JSX } from 'solid-js';
import type { Activity, Snapshot } from '#workers/api';
import { t } from '../../i18n/t.ts';
import { ANNOUNCE_MS, steady } from '../../state/steady.ts';
import { sentenceOf } from '../../words/sentence.ts';

const SHOW_MS = 1000;
/** Activities that repeat many times a minute; all others are announced at once. */
const IN_ROUND: ReadonlySet<Activity> = new Set(['gathering', 'training', 'waiting-for-others', 'deciding']);

export interface NowProps {
  readonly snapshot: Accessor<Snapshot>;
  /** Replaces the federation's usual words. */
  readonly words?: (snapshot: Snapshot) => string;
}

export function Now(props: NowProps): JSX.Element {
  const stage = createMemo(() => (IN_ROUND.has(props.snapshot().activity) ? 'round' : props.snapshot().activity));
  const sentence = createMemo(() => (props.words ?? sentenceOf)(props.snapshot()));
  const shown = steady(sentence, SHOW_MS, stage);
  const announced = steady(sentence, ANNOUNCE_MS, stage);
  return (
    <section class="now" aria-label={t('train.now')} data-activity={props.snapshot().activity}>
      <p aria-hidden="true">{shown()}</p>
      <p class="unseen" aria-live="polite" aria-atomic="true">
        {announced()}
      </p>
    </section>
  );
}
