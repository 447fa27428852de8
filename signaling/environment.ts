/** The system's clock, timers and randomness, and how retries are spread out. */
import type { Environment } from '#protocol/driver/ports';

export const systemEnvironment: Environment = {
  now: () => performance.now(),
  random: () => crypto.getRandomValues(new Uint32Array(1))[0]! / 2 ** 32,
  timer(ms, call) {
    const handle = setTimeout(call, ms);
    return () => clearTimeout(handle);
  },
};

/** Full jitter (Brooker, "Exponential Backoff and Jitter", AWS 2015): uniform between 0 and min(cap, base * 2^attempt). */
export function fullJitterMs(attempt: number, baseMs: number, capMs: number, random: () => number): number {
  return random() * Math.min(capMs, baseMs * 2 ** Math.min(attempt, 30));
}
