/**
 * The motion sensor of this device (W3C Device Orientation and Motion): whether there is one, the permission that some browsers ask for,
 * and its readings, which stay in this page. motion-recorder.ts uses them.
 */
import { createSignal, onCleanup, type Accessor } from 'solid-js';
import type { Moment } from './motion-series.ts';

/** `ask`: only a click may ask. `none`: no reading yet; a later one makes it `ready`. */
export type SensorState = 'looking' | 'ask' | 'ready' | 'denied' | 'none';

export interface MotionSensor {
  readonly state: Accessor<SensorState>;
  /** Asks the person, if the browser requires permission. Call it from a click. */
  ask(): Promise<void>;
  /** @returns a function that stops listening */
  listen(onMoment: (moment: Moment) => void): () => void;
}

/** A device with a sensor reads it many times in this time. */
const LOOK_MS = 1500;

/**
 * Where browsers ask for permission, `requestPermission` must be called by a click: 'granted', 'denied', or 'prompt' if nobody answered.
 */
type AskingEvent = typeof DeviceMotionEvent & { requestPermission?: () => Promise<string> };

function eventOf(): AskingEvent | null {
  return typeof DeviceMotionEvent === 'undefined' ? null : DeviceMotionEvent;
}

/** WebKit reads the opposite of the specification along all axes: a phone that lies on its back has z = -9.8. */
const SIGN = navigator.vendor.startsWith('Apple') ? -1 : 1;

/** Null for the empty event by which a browser signals that there is no sensor. */
function momentOf({ accelerationIncludingGravity: a, timeStamp }: DeviceMotionEvent, sign: number): Moment | null {
  if (a === null || a.x === null || a.y === null || a.z === null) return null;
  return { t: timeStamp, x: sign * a.x, y: sign * a.y, z: sign * a.z };
}

/** For the calling screen; it listens to the sensor until there is a first reading, and keeps none. */
export function useMotionSensor(sign: 1 | -1 = SIGN): MotionSensor {
  const event = eventOf();
  const [state, setState] = createSignal<SensorState>('looking');
  const listen = (onMoment: (moment: Moment) => void) => {
    const heard = (motion: DeviceMotionEvent) => {
      const moment = momentOf(motion, sign);
      if (moment !== null) onMoment(moment);
    };
    window.addEventListener('devicemotion', heard);
    return () => window.removeEventListener('devicemotion', heard);
  };
  let timer: ReturnType<typeof setTimeout> | undefined;
  // Regardless of earlier answers: a person who allowed it on an earlier visit is not asked again.
  const stop = listen(() => {
    stop();
    clearTimeout(timer);
    setState('ready');
  });
  const look = () => {
    if (state() === 'ready') return;
    setState('looking');
    timer = setTimeout(() => setState('none'), LOOK_MS);
  };
  onCleanup(() => {
    clearTimeout(timer);
    stop();
  });
  if (event === null) setState('none');
  else if (event.requestPermission !== undefined && navigator.maxTouchPoints > 0) setState('ask');
  else look(); // a device without a touch screen is not a phone: there is nothing to ask for
  return {
    state,
    listen,
    async ask() {
      const answer = await event?.requestPermission?.().catch(() => 'denied'); // a browser that refuses to ask has refused
      if (answer === 'granted') look();
      else if (answer === 'denied') setState('denied');
    },
  };
}
