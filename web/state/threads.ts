/** How many threads train on this device: a person's choice, kept in this browser, or a default by its cores. */
import { createSignal } from 'solid-js';

const KEY = 'mesh-threads';
/** Maximum default: other tabs matter too. */
const DEFAULT_MAX = 4;

/** Processor cores, as reported by the browser. */
export const cores = (): number => navigator.hardwareConcurrency ?? 1;

/** One core stays free for the page; threads need shared memory, which needs an isolated page (COOP, COEP). */
export const threadsMax = (): number => (globalThis.crossOriginIsolated ? Math.max(1, cores() - 1) : 1);

/**
 * Several threads make a lot sooner, but fewer lots of the same processor time (`npm run prove -- bench:threads`), and a round waits for its
 * turn anyway: a device that lives on its battery starts with one.
 * @param most threads that this device can have @param touch whether its main pointer is a finger, as on phones and tablets
 */
export const defaultThreads = (most: number, touch: boolean): number => (touch ? 1 : Math.min(DEFAULT_MAX, most));

function kept(): number {
  const most = threadsMax();
  try {
    const found = Number(localStorage.getItem(KEY));
    if (Number.isInteger(found) && found >= 1) return Math.min(found, most);
  } catch {
    // Storage is denied: the default applies, and a choice lasts as long as the page.
  }
  return defaultThreads(most, matchMedia('(pointer: coarse)').matches);
}

const [threads, setThreads] = createSignal(kept());
export { threads };

export function chooseThreads(count: number): void {
  setThreads(count);
  try {
    localStorage.setItem(KEY, String(count));
  } catch {
    // See kept().
  }
}
