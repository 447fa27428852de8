/** The recordings that this browser keeps for a federation, by answer: each can be played, deleted and restored. */
import { createSignal, For, Show, type JSX } from 'solid-js';
import { RECORDINGS_MAX } from '#protocol/limits';
import type { KeptRecording } from '#workers/api';
import { plural, t } from '../../i18n/t.ts';
import type { MotionRecordings } from '../../state/motion/motion-recordings.ts';
import { count, quantity, time } from '../../words/format.ts';
import { ProblemNotice } from '../../ui/problem-notice.tsx';
import { Playback } from './playback.tsx';

export interface RecordingListProps {
  readonly recordings: MotionRecordings;
  readonly classes: readonly string[];
}

const secondsOf = ({ values, rate }: KeptRecording): number => (values.length / 3 - 1) / rate;

export function RecordingList(props: RecordingListProps): JSX.Element {
  const [played, setPlayed] = createSignal<string | null>(null);
  const [news, setNews] = createSignal('');
  const list = () => props.recordings.list() ?? [];
  const name = (label: number) => props.classes[label] ?? String(label);
  const remove = (ids: readonly string[]) => {
    setNews(plural('record.deleted', ids.length));
    setPlayed(null);
    void props.recordings.remove(ids);
  };
  const undo = () => {
    setNews(t('record.restored'));
    void props.recordings.undo();
  };
  const sum = () => plural('record.list.sum', list().length, { seconds: quantity(list().reduce((all, one) => all + secondsOf(one), 0)) });
  return (
    <section class="recordings" aria-label={t('record.list')}>
      <h4>{t('record.list')}</h4>
      <Show when={list().length > 0} fallback={<p class="quiet">{t('record.list.none')}</p>}>
        <p>{sum()}</p>
        <dl class="counts">
          <For each={props.classes}>
            {(one, i) => (
              <div>
                <dt>{one}</dt>
                <dd>{count(list().filter(({ label }) => label === i()).length)}</dd>
              </div>
            )}
          </For>
        </dl>
        <ul class="recording-items">
          <For each={list()}>
            {(recording) => (
              <Item
                recording={recording}
                name={name(recording.label)}
                playing={played() === recording.id}
                onPlay={() => setPlayed(played() === recording.id ? null : recording.id)}
                onDelete={() => remove([recording.id])}
              />
            )}
          </For>
        </ul>
      </Show>
      <div class="actions">
        <Show when={list().length > 1}>
          <button type="button" class="button danger" onClick={() => remove(list().map(({ id }) => id))}>
            {t('record.delete.all')}
          </button>
        </Show>
        <Show when={props.recordings.deleted().length > 0}>
          <button type="button" class="button" onClick={undo}>
            {t('record.undo')}
          </button>
        </Show>
        <span role="status">{news()}</span>
      </div>
      <Show when={list().length >= RECORDINGS_MAX}>
        <p>{t('record.full', { max: count(RECORDINGS_MAX) })}</p>
      </Show>
      <Show when={props.recordings.problem()}>{(shown) => <ProblemNotice problem={shown()} />}</Show>
    </section>
  );
}

interface ItemProps {
  readonly recording: KeptRecording;
  readonly name: string;
  readonly playing: boolean;
  readonly onPlay: () => void;
  readonly onDelete: () => void;
}

function Item(props: ItemProps): JSX.Element {
  const line = () =>
    t('record.item', { answer: props.name, seconds: quantity(secondsOf(props.recording)), time: time(props.recording.at) });
  return (
    <li>
      <span>{line()}</span>
      <button
        type="button"
        class="button"
        aria-expanded={props.playing}
        aria-label={t(props.playing ? 'record.play.end.item' : 'record.play.item', { item: line() })}
        onClick={() => props.onPlay()}
      >
        {props.playing ? t('record.play.end') : t('record.play')}
      </button>
      <button type="button" class="button danger" aria-label={t('record.delete.item', { item: line() })} onClick={() => props.onDelete()}>
        {t('record.delete')}
      </button>
      <Show when={props.playing}>
        <Playback recording={props.recording} />
      </Show>
    </li>
  );
}
