import { expect, test } from 'vitest';
import { startTestApp } from './app.fixture.ts';

/** Nothing else runs on this thread meanwhile: not the relay's timers either. */
const stall = (ms: number) => Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);

test('a stall of a second turns nobody away', async () => {
  const { url, close } = await startTestApp();
  try {
    stall(1200);
    expect((await fetch(`${url}/api/federations`)).status).toBe(200);
  } finally {
    await close();
  }
});
