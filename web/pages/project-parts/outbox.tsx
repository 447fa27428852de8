/** "What left my device": the lines that the sending code wrote, newest first; repeated messages are one line with a count. */
import { createMemo, createSignal, Index, Show, type JSX } from 'solid-js';
import type { OutboxLine } from '#workers/api';
import { t } from '../../i18n/t.ts';
import { bytes, count, quantity, short, time } from '../../words/format.ts';

const PAGE = 10;

export function Outbox(props: { readonly lines: readonly OutboxLine[] }): JSX.Element {
  const [limit, setLimit] = createSignal(PAGE);
  const shown = createMemo(() => props.lines.toSorted((a, b) => b.at - a.at).slice(0, limit()));
  return (
    <section class="outbox" aria-labelledby="panel-outbox">
      <h2 id="panel-outbox">{t('train.outbox')}</h2>
      <Show when={props.lines.length > 0} fallback={<p class="quiet">{t('train.outbox.none')}</p>}>
        <p class="quiet">
          {t('train.outbox.note')} {t('train.outbox.shown', { shown: count(shown().length), all: count(props.lines.length) })}
        </p>
        <ol class="log">
          <Index each={shown()}>{(line) => <Line line={line()} />}</Index>
        </ol>
        <Show when={props.lines.length > limit()}>
          <button type="button" class="button" onClick={() => setLimit((n) => n + PAGE)}>
            {t('train.outbox.more')}
          </button>
        </Show>
      </Show>
    </section>
  );
}

function Line(props: { readonly line: OutboxLine }): JSX.Element {
  return (
    <li>
      <time dateTime={new Date(props.line.at).toISOString()}>{time(props.line.at)}</time>
      <span class="log-kind">{props.line.kind}</span>
      <span class="log-bytes">{bytes(props.line.bytes)}</span>
      <span class="log-to">
        <Show when={props.line.times > 1}>{t('train.outbox.times', { times: count(props.line.times) })} </Show>
        {t('train.outbox.to', { peer: short(props.line.to) })}, {t(`train.path.${props.line.path}`)}
      </span>
      <Show when={props.line.update}>
        {(update) => (
          <span class="log-update">
            {t('train.outbox.update', { clip: quantity(update().clip), sigma: quantity(update().sigma), hash: short(update().hash) })}
          </span>
        )}
      </Show>
    </li>
  );
}
