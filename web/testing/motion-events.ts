/** Made-up motion of a device: events as a browser dispatches them, with their own times, so that a simulated minute is instant. */

/** Acceleration with gravity at a time in seconds, in m/s2. */
export type Wave = (seconds: number) => { readonly x: number; readonly y: number; readonly z: number };

export const GRAVITY = 9.81;

/** A phone that is shaken along x, this many times a second, and lies on its back. */
export const shaken =
  (hertz: number, strength = 4): Wave =>
  (seconds) => ({ x: strength * Math.sin(2 * Math.PI * hertz * seconds), y: 0.3, z: GRAVITY });

/** One event. @param t milliseconds */
export function move(t: number, reading: ReturnType<Wave> | null): void {
  const event = new DeviceMotionEvent('devicemotion', { accelerationIncludingGravity: reading ?? {}, interval: 16 });
  Object.defineProperty(event, 'timeStamp', { value: t });
  window.dispatchEvent(event);
}

/**
 * Dispatches the events of several seconds at once, 60 per second.
 * @param from seconds at the first one
 * @returns seconds at the last one
 */
export function moves(wave: Wave, seconds: number, from = 0): number {
  const count = Math.round(seconds * 60);
  for (let i = 0; i <= count; i++) move(1000 * (from + i / 60), wave(from + i / 60));
  return from + count / 60;
}
