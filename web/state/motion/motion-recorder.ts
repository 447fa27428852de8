/**
 * Records a motion sensor: a countdown, readings until there are enough or something ends them, and the result. At most one recording at a
 * time, in bounded memory. motion-recordings.ts keeps recordings.
 */
import { createSignal, onCleanup, type Accessor } from 'solid-js';
import { RECORDING_SECONDS_MAX } from '#protocol/limits';
import type { MotionSensor } from './motion-sensor.ts';
import { GAP_S, seriesOf, type Moment, type SeriesResult } from './motion-series.ts';
import { keepScreenOn } from '../screen-awake.ts';

/** Why a recording ended: on request, at the chosen length, because the page was hidden, or because readings stopped. */
export type Ending = 'asked' | 'full' | 'hidden' | 'silent';

export interface Wanted {
  readonly label: number;
  /** Seconds before it begins. */
  readonly wait: number;
  /** Seconds to keep; null: until stopped, or up to the maximum. */
  readonly seconds: number | null;
  /** Seconds left out at both ends; they are recorded in addition to the wanted ones. */
  readonly trim: number;
}

export interface Recorded {
  readonly wanted: Wanted;
  readonly ending: Ending;
  /** When it began, in milliseconds since the epoch. */
  readonly at: number;
  readonly result: SeriesResult;
}

export type Phase =
  | { readonly at: 'idle' }
  /** Seconds until it begins. */
  | { readonly at: 'countdown'; readonly left: number }
  | { readonly at: 'recording' };

export interface MotionRecorder {
  readonly phase: Accessor<Phase>;
  /** Length of the current or last recording: seconds by the sensor's own times. */
  readonly seconds: Accessor<number>;
  /** False while a recording runs on a screen that may go dark. */
  readonly awake: Accessor<boolean>;
  start(wanted: Wanted): void;
  /** Ends the recording, or the countdown without one. */
  stop(): void;
}

/** Readings of one recording: no phone reads more often than 1,000 times a second. */
const READINGS_MAX = 1000 * RECORDING_SECONDS_MAX;
const TICK_MS = 100;
/** Ticks without a reading: a busy page has one late tick and then the queued readings. */
const SILENT_TICKS = Math.ceil((GAP_S * 1000) / TICK_MS) + 1;

/**
 * @param rate moments per second of the recording
 * @param onMoment every reading, also before and after a recording, for display
 */
export function createMotionRecorder(
  sensor: MotionSensor,
  rate: number,
  onMoment: (moment: Moment) => void,
  onRecorded: (recorded: Recorded) => void,
): MotionRecorder {
  const [phase, setPhase] = createSignal<Phase>({ at: 'idle' });
  const [seconds, setSeconds] = createSignal(0);
  const [awake, setAwake] = createSignal(true);
  let wanted: Wanted | null = null;
  let moments: Moment[] = [];
  let startedAt = 0;
  let silentTicks = 0;
  let timer: ReturnType<typeof setInterval> | undefined;
  let sleep: Promise<(() => void) | null> = Promise.resolve(null);

  const end = (ending: Ending) => {
    const was = phase().at;
    if (was === 'idle' || wanted === null) return;
    clearInterval(timer);
    void sleep.then((release) => release?.());
    setPhase({ at: 'idle' });
    // A cancelled countdown has recorded nothing; if the page was hidden during one, that is reported.
    if (was === 'countdown' && ending !== 'hidden') return;
    onRecorded({ wanted, ending, at: startedAt, result: seriesOf(moments, rate, wanted.trim) });
    moments = [];
  };
  const begin = () => {
    moments = [];
    silentTicks = 0;
    startedAt = Date.now();
    setSeconds(0);
    setPhase({ at: 'recording' });
    timer = setInterval(() => {
      if (++silentTicks >= SILENT_TICKS) end('silent');
    }, TICK_MS);
  };
  const heard = (moment: Moment) => {
    onMoment(moment);
    if (phase().at !== 'recording' || wanted === null) return;
    silentTicks = 0;
    const [first = moment] = moments;
    const last = moments.at(-1);
    moments.push(moment);
    if (last !== undefined && moment.t - last.t > GAP_S * 1000) return end('silent');
    const length = (moment.t - first.t) / 1000;
    setSeconds(Math.max(0, length));
    const most = Math.min(wanted.seconds ?? Infinity, RECORDING_SECONDS_MAX) + 2 * wanted.trim;
    if (length >= most || moments.length >= READINGS_MAX) end('full');
  };
  const stopListening = sensor.listen(heard);
  const hidden = () => document.visibilityState === 'hidden' && end('hidden');
  document.addEventListener('visibilitychange', hidden);
  onCleanup(() => {
    stopListening();
    document.removeEventListener('visibilitychange', hidden);
    end('asked');
  });
  return {
    phase,
    seconds,
    awake,
    start(next) {
      if (phase().at !== 'idle') return;
      wanted = next;
      moments = [];
      sleep = keepScreenOn();
      void sleep.then((release) => setAwake(release !== null));
      let left = next.wait;
      if (left <= 0) return begin();
      setPhase({ at: 'countdown', left });
      timer = setInterval(() => {
        left--;
        if (left > 0) return setPhase({ at: 'countdown', left });
        clearInterval(timer);
        begin();
      }, 1000);
    },
    stop: () => end('asked'),
  };
}
