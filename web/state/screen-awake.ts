/** Keeps the screen on for a while (W3C Screen Wake Lock): a phone that sleeps stops its page. */

/** @returns a function that releases the lock; null if the browser cannot or will not keep the screen on */
export async function keepScreenOn(): Promise<(() => void) | null> {
  try {
    const lock = await navigator.wakeLock.request('screen');
    return () => void lock.release().catch(() => {}); // already released if the page was hidden
  } catch {
    return null;
  }
}
