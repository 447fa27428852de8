import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { page, userEvent } from 'vitest/browser';
import { fakeFounding, FRESH_RELAY } from '../../testing/fake-founding.ts';
import { relayFetch } from '../../testing/federation.ts';
import { mountFounding, type Mounted } from '../../testing/mount.tsx';

const WORDS_MAX = 150;
/** Elements only for screen readers are one pixel large. */
const SEEN_PX = 2;

let mounted: Mounted;

beforeEach(async () => {
  sessionStorage.clear();
  vi.stubGlobal('fetch', relayFetch(FRESH_RELAY));
  mounted = mountFounding(fakeFounding().start);
  await userEvent.upload(page.getByLabelText('Choose a sample file'), new File(['a,b\n1,2\n'], 'ships.csv', { type: 'text/csv' }));
  await expect.element(page.getByText(/Draft kept in this tab\./)).toBeVisible();
});
afterEach(async () => {
  mounted.dispose();
  vi.unstubAllGlobals();
  await page.viewport(1280, 800);
});

const seen = (element: Element): boolean => {
  const { width, height } = element.getBoundingClientRect();
  return element.checkVisibility({ contentVisibilityAuto: true }) && width > SEEN_PX && height > SEEN_PX;
};

function visibleWords(root: Element): readonly string[] {
  const texts = document.createTreeWalker(root, NodeFilter.SHOW_TEXT);
  const words: string[] = [];
  while (texts.nextNode()) {
    const around = texts.currentNode.parentElement!;
    if (seen(around) && around.tagName !== 'OPTION') words.push(...texts.currentNode.textContent!.split(/\s+/));
  }
  for (const control of root.querySelectorAll<HTMLInputElement | HTMLSelectElement>('input[type=text], select')) {
    if (!seen(control)) continue;
    const shown = control instanceof HTMLSelectElement ? control.selectedOptions[0]!.text : control.value;
    words.push(...shown.split(/\s+/));
  }
  return words.filter((word) => /[\p{L}\p{N}]/u.test(word));
}

test('the questions, the preview and the button are on one screen, in few words, with one filled button', async () => {
  await page.viewport(1280, 800);
  const parts = ['.questions', '.preview', '.publish .primary'].map((part) => document.querySelector(part)!.getBoundingClientRect());
  for (const { top, bottom } of parts) {
    expect(top).toBeGreaterThanOrEqual(0);
    expect(bottom).toBeLessThanOrEqual(800);
  }
  const [questions, preview] = parts;
  expect(preview!.left).toBeGreaterThan(questions!.right);
  const words = visibleWords(document.querySelector('#app')!);
  expect(words).toContain('ships');
  expect(words).not.toContain('Region'); // an expert's setting
  expect(words.length, words.join(' ')).toBeLessThanOrEqual(WORDS_MAX);
  expect([...document.querySelectorAll('main .primary')].filter(seen)).toHaveLength(1);
});

test('on a phone the preview and the button stand below the questions', async () => {
  await page.viewport(390, 844);
  const [questions, preview, button] = ['.questions', '.preview', '.publish .primary'].map((part) =>
    document.querySelector(part)!.getBoundingClientRect(),
  );
  expect(preview!.top).toBeGreaterThanOrEqual(questions!.bottom);
  expect(button!.top).toBeGreaterThanOrEqual(preview!.bottom);
});

test.each([1280, 320])('at %i px nothing leaves the screen sideways with larger text and expert settings open', async (width) => {
  await page.viewport(width, 800);
  await page.getByText('Expert settings').click();
  for (const details of document.querySelectorAll('details')) details.open = true;
  document.documentElement.style.fontSize = '140%';
  try {
    expect(document.documentElement.scrollWidth).toBeLessThanOrEqual(document.documentElement.clientWidth);
  } finally {
    document.documentElement.style.fontSize = '';
  }
});
