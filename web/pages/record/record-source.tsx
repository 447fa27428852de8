/**
 * Recording movements with this device as a way to bring data: permission, recordings, and their use. If there is no sensor, it only says
 * so. Recordings stay on this device; the trainer turns them into rows.
 */
import { createSignal, Match, Show, Switch, type JSX } from 'solid-js';
import { RECORDINGS_MAX } from '#protocol/limits';
import type { SequenceTask } from '#protocol/manifest/task';
import type { Recording } from '#workers/api';
import { t } from '../../i18n/t.ts';
import { keptRecordings, type MotionRecordings, type RecordingCalls } from '../../state/motion/motion-recordings.ts';
import { createMotionRecorder, type Recorded } from '../../state/motion/motion-recorder.ts';
import { useMotionSensor, type MotionSensor } from '../../state/motion/motion-sensor.ts';
import '../../styles/record.css';
import { quantity } from '../../words/format.ts';
import { LastMoments } from './live-plot.tsx';
import { recordedLine } from './recorded-line.ts';
import { Recorder } from './recorder.tsx';
import { RecordingList } from './recording-list.tsx';

export interface RecordSourceProps {
  readonly task: SequenceTask;
  /** Moments per second. */
  readonly rate: number;
  readonly calls: RecordingCalls;
  readonly busy: boolean;
  readonly onRecordings: (recordings: readonly Recording[]) => void;
}

export function RecordSource(props: RecordSourceProps): JSX.Element {
  const sensor = useMotionSensor();
  const recordings = keptRecordings(props.calls);
  const some = () => (recordings.list()?.length ?? 0) > 0 || recordings.deleted().length > 0;
  const longest = () => (props.task.length + (props.task.windowsMax - 1) * props.task.hop) / props.rate;
  const missing = () => sensor.state() === 'none' || sensor.state() === 'denied';
  return (
    <section class="record" aria-labelledby="record-title">
      <h3 id="record-title">{t('record.title')}</h3>
      <Switch>
        <Match when={sensor.state() === 'looking'}>
          <p class="quiet" role="status">
            {t('record.looking')}
          </p>
        </Match>
        <Match when={sensor.state() === 'none'}>
          <Missing why="none" />
        </Match>
        <Match when={sensor.state() === 'denied'}>
          <Missing why="denied" />
        </Match>
        <Match when={sensor.state() === 'ask'}>
          <p>{t('record.lead')}</p>
          <p class="quiet">{t('record.ask.text')}</p>
          <button type="button" class="button" onClick={() => void sensor.ask()}>
            {t('record.ask')}
          </button>
        </Match>
        <Match when={sensor.state() === 'ready'}>
          <p>{t('record.lead')}</p>
          <Recording sensor={sensor} recordings={recordings} task={props.task} rate={props.rate} />
        </Match>
      </Switch>
      <Show when={some() || !missing()}>
        <RecordingList recordings={recordings} classes={props.task.label.classes} />
        <Use recordings={recordings} busy={props.busy} onRecordings={(list) => props.onRecordings(list)} />
        <p class="quiet">{t('record.keeps')}</p>
        <p class="quiet">
          {t('record.unit')} {t('record.unit.long', { seconds: quantity(longest()) })}
        </p>
      </Show>
    </section>
  );
}

function Missing(props: { readonly why: 'none' | 'denied' }): JSX.Element {
  return (
    <div class="notice" role="status">
      <p class="notice-what">{t(`record.${props.why}.title`)}</p>
      <p>{t(`record.${props.why}.text`)}</p>
    </div>
  );
}

interface RecordingProps {
  readonly sensor: MotionSensor;
  readonly recordings: MotionRecordings;
  readonly task: SequenceTask;
  readonly rate: number;
}

/** The recorder while there is a sensor, and the result of the last recording. */
function Recording(props: RecordingProps): JSX.Element {
  const [news, setNews] = createSignal('');
  const last = new LastMoments();
  const keep = async (recorded: Recorded) => {
    const { wanted, at, result } = recorded;
    const answer = props.task.label.classes[wanted.label] ?? '';
    const id = crypto.randomUUID();
    const kept =
      !result.ok || (await props.recordings.add({ id, at, label: wanted.label, rate: props.rate, values: result.series.values }));
    setNews(recordedLine(recorded, answer, props.rate, kept));
  };
  const recorder = createMotionRecorder(
    props.sensor,
    props.rate,
    (moment) => last.add(moment),
    (recorded) => void keep(recorded),
  );
  return (
    <>
      <Recorder label={props.task.label} recorder={recorder} last={last} full={(props.recordings.list()?.length ?? 0) >= RECORDINGS_MAX} />
      <p role="status" class="recorder-news">
        {recorder.phase().at === 'idle' ? news() : ''}
      </p>
    </>
  );
}

interface UseProps {
  readonly recordings: MotionRecordings;
  readonly busy: boolean;
  readonly onRecordings: (recordings: readonly Recording[]) => void;
}

function Use(props: UseProps): JSX.Element {
  const list = () => props.recordings.list() ?? [];
  const use = () => props.onRecordings(list().map(({ id, label, values }) => ({ id, label, values })));
  return (
    <Show when={list().length > 0}>
      <div class="actions">
        <button type="button" class="button primary" disabled={props.busy} onClick={use}>
          {t('record.use')}
        </button>
      </div>
    </Show>
  );
}
