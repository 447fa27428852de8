import { createRoot, createSignal } from 'solid-js';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { steady } from './steady.ts';

beforeEach(() => void vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] }));
afterEach(() => void vi.useRealTimers());

test('a busy sentence changes at most every five seconds, and ends on the last one', () => {
  const made = createRoot((dispose) => {
    const [source, set] = createSignal('a');
    return { dispose, set, shown: steady(source, 5000) };
  });
  made.set('b');
  expect(made.shown()).toBe('b');
  for (const text of ['c', 'd', 'e']) {
    vi.advanceTimersByTime(1000);
    made.set(text);
    expect(made.shown()).toBe('b');
  }
  vi.advanceTimersByTime(1999);
  expect(made.shown()).toBe('b');
  vi.advanceTimersByTime(1);
  expect(made.shown()).toBe('e');
  made.dispose();
});

test('another stage does not wait', () => {
  const made = createRoot((dispose) => {
    const [source, set] = createSignal('training 1');
    return { dispose, set, shown: steady(source, 5000, () => source().split(' ')[0]) };
  });
  made.set('training 2');
  made.set('training 3');
  expect(made.shown()).toBe('training 2');
  made.set('paused');
  expect(made.shown()).toBe('paused');
  made.set('paused still');
  expect(made.shown()).toBe('paused');
  vi.advanceTimersByTime(5000);
  expect(made.shown()).toBe('paused still');
  made.dispose();
});
