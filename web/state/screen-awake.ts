/** Keeps the screen on for a while (W3C Screen Wake Lock): a phone that sleeps stops its page. */

/** @returns what lets it sleep again; null where the browser cannot or will not keep it on */
export async function keepScreenOn(): Promise<(() => void) | null> {
  try {
    const lock = await navigator.wakeLock.request('screen');
    return () => void lock.release().catch(() => {}); // it is gone already where the page was hidden
  } catch {
    return null;
  }
}
