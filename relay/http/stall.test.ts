import { expect, test } from 'vitest';
import { startTestApp } from './app.fixture.ts';
import { REQUEST_LIMITS } from './request-limits.ts';

/** Blocks this thread, including the relay's timers. */
const stall = (ms: number) => Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);

test('a stall of a second refuses nobody', async () => {
  const { url, close } = await startTestApp({ limits: REQUEST_LIMITS });
  try {
    stall(1200);
    expect((await fetch(`${url}/api/federations`)).status).toBe(200);
  } finally {
    await close();
  }
});

test('stalls past the limit refuse requests, but no probe', async () => {
  const { url, close } = await startTestApp({ limits: { stallMs: 50 } });
  try {
    const stalled = async () => {
      stall(500);
      return (await (await fetch(`${url}/api/federations`)).json()) as unknown;
    };
    await expect.poll(stalled).toMatchObject({ code: 'overloaded', field: 'relay' });
    stall(500);
    expect((await fetch(`${url}/livez`)).status).toBe(200);
  } finally {
    await close();
  }
});
