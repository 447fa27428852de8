/** The controls of a recording: the activity, start and stop, the countdown, and the live sensor. */
import { createSignal, createUniqueId, For, Show, type JSX } from 'solid-js';
import type { SequenceTask } from '#protocol/manifest/task';
import { t } from '../../i18n/t.ts';
import type { MotionRecorder } from '../../state/motion/motion-recorder.ts';
import { LivePlot, type LastMoments } from './live-plot.tsx';

const WAITS = [3, 10] as const;
const LENGTHS = [10, 30, 60] as const;
/** Seconds at both ends while a phone is being handled. */
const TRIM_S = 0.5;

export interface RecorderProps {
  readonly label: SequenceTask['label'];
  readonly recorder: MotionRecorder;
  readonly last: LastMoments;
  /** The maximum number of recordings is reached. */
  readonly full: boolean;
}

export function Recorder(props: RecorderProps): JSX.Element {
  const [answer, setAnswer] = createSignal(0);
  const [wait, setWait] = createSignal<number>(WAITS[0]);
  const [length, setLength] = createSignal<number | null>(LENGTHS[0]);
  const [trim, setTrim] = createSignal(true);
  const name = () => props.label.classes[answer()] ?? String(answer());
  const phase = () => props.recorder.phase();
  const idle = () => phase().at === 'idle';
  const running = () => phase().at === 'recording';
  const left = () => {
    const now = phase();
    return now.at === 'countdown' ? now.left : null;
  };
  const most = () => {
    const seconds = length();
    return seconds === null ? null : seconds + (trim() ? 2 * TRIM_S : 0);
  };
  const start = () => props.recorder.start({ label: answer(), wait: wait(), seconds: length(), trim: trim() ? TRIM_S : 0 });
  return (
    <div class="recorder">
      <div class="recorder-choices">
        <Choice label={t('record.answer', { label: props.label.name })} disabled={!idle()} onChoose={(value) => setAnswer(Number(value))}>
          <For each={props.label.classes}>{(one, i) => <option value={i()}>{one}</option>}</For>
        </Choice>
        <Choice label={t('record.wait')} disabled={!idle()} onChoose={(value) => setWait(Number(value))}>
          <For each={WAITS}>{(n) => <option value={n}>{t('record.wait.seconds', { n })}</option>}</For>
        </Choice>
        <Choice label={t('record.length')} disabled={!idle()} onChoose={(value) => setLength(value === '' ? null : Number(value))}>
          <For each={LENGTHS}>{(n) => <option value={n}>{t('record.length.seconds', { n })}</option>}</For>
          <option value="">{t('record.length.open')}</option>
        </Choice>
      </div>
      <Trim on={trim()} disabled={!idle()} onChange={setTrim} />
      <LivePlot last={props.last} />
      <div class="actions">
        {/* One button throughout, which keeps the focus. */}
        <button
          type="button"
          class="button primary"
          disabled={idle() && props.full}
          onClick={() => (idle() ? start() : props.recorder.stop())}
        >
          {idle() ? t('record.start', { answer: name() }) : running() ? t('record.stop') : t('record.cancel')}
        </button>
        <Show when={running()}>
          <Elapsed seconds={props.recorder.seconds()} most={most()} />
        </Show>
      </div>
      <p role="status" class="recorder-now">
        <Show when={left()}>{(n) => t('record.countdown', { answer: name(), n: n() })}</Show>
        <Show when={running()}>{t('record.running', { answer: name() })}</Show>
      </p>
      <Show when={!idle() && !props.recorder.awake()}>
        <p>{t('record.dark')}</p>
      </Show>
    </div>
  );
}

interface ChoiceProps {
  readonly label: string;
  readonly disabled: boolean;
  readonly onChoose: (value: string) => void;
  readonly children: JSX.Element;
}

function Choice(props: ChoiceProps): JSX.Element {
  const id = createUniqueId();
  return (
    <div class="recorder-choice">
      <label for={id}>{props.label}</label>
      <select id={id} disabled={props.disabled} onChange={(event) => props.onChoose(event.currentTarget.value)}>
        {props.children}
      </select>
    </div>
  );
}

function Trim(props: { readonly on: boolean; readonly disabled: boolean; readonly onChange: (on: boolean) => void }): JSX.Element {
  const hintId = createUniqueId();
  return (
    <div class="recorder-trim">
      <label>
        <input
          type="checkbox"
          checked={props.on}
          disabled={props.disabled}
          aria-describedby={hintId}
          onChange={(event) => props.onChange(event.currentTarget.checked)}
        />
        {t('record.trim')}
      </label>
      <span class="quiet" id={hintId}>
        {t('record.trim.hint')}
      </span>
    </div>
  );
}

function Elapsed(props: { readonly seconds: number; readonly most: number | null }): JSX.Element {
  const words = () =>
    props.most === null
      ? t('record.seconds', { seconds: props.seconds.toFixed(1) })
      : t('record.seconds.of', { seconds: props.seconds.toFixed(1), most: props.most });
  return (
    <>
      <Show when={props.most}>
        {(most) => <progress max={most()} value={Math.min(props.seconds, most())} aria-label={t('record.running', { answer: '' })} />}
      </Show>
      <span class="recorder-seconds">{words()}</span>
    </>
  );
}
