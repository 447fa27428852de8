/** The page warns before signing if training goes badly on the sample. */
import { afterEach, expect, test, vi } from 'vitest';
import { page, userEvent } from 'vitest/browser';
import { relayFetch } from '../../testing/federation.ts';
import { fakeFounding, FRESH_RELAY } from '../../testing/fake-founding.ts';
import { mountFounding } from '../../testing/mount.tsx';

let dispose: (() => void) | undefined;
afterEach(() => {
  dispose?.();
  vi.unstubAllGlobals();
});

test.each([
  ['swings', /this training is unstable/],
  ['guesses', /this model only guesses/],
] as const)('a rehearsal that %s is told beside what the project promises, and nothing was published', async (finding, words) => {
  sessionStorage.clear();
  vi.stubGlobal('fetch', relayFetch(FRESH_RELAY));
  const founding = fakeFounding();
  founding.answer('rehearse', () => ({ ok: true, value: { accuracy: 0.5, guessing: 0.5, finding } }));
  ({ dispose } = mountFounding(founding.start));
  await userEvent.upload(page.getByLabelText('Choose a sample file'), new File(['a,b\n1,2\n'], 'ships.csv', { type: 'text/csv' }));
  await expect.element(page.getByText(words)).toBeVisible();
  expect(founding.drafts()).toEqual([]);
});
