import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { page, userEvent } from 'vitest/browser';
import { chooseTheme } from '../state/theme.ts';
import { busySnapshot, fakePeer } from '../testing/fake-peer.ts';
import { relayOf, testFederation, type TestFederation } from '../testing/federation.ts';
import { mountAt, type Mounted } from '../testing/mount.tsx';

let federation: TestFederation;
let mounted: Mounted | undefined;

beforeEach(async () => {
  federation = await testFederation({
    name: 'A-federation-whose-name-has-no-space-in-it-and-goes-on',
    consent: 'word'.repeat(80),
  });
  vi.stubGlobal('fetch', relayOf(federation));
});
afterEach(async () => {
  mounted?.dispose();
  vi.unstubAllGlobals();
  chooseTheme('auto');
  await page.viewport(1280, 800);
});

const SCREENS = [
  ['the list', ''],
  ['joining', '/join'],
  ['training', '/train'],
  ['a lost address', '/lost/way'],
] as const;

async function show(kind: string): Promise<void> {
  const peer = fakePeer();
  if (kind === '/train') {
    peer.answer('follow', () => {
      peer.publish(busySnapshot(federation.id));
      return { ok: true, value: { resumed: true } };
    });
  }
  const path = kind === '' ? '/' : kind === '/train' ? `/f/${federation.id}` : kind === '/join' ? `/f/${federation.id}/join` : kind;
  mounted = mountAt(path, peer);
  await expect.element(page.getByRole('heading', { level: 1 })).toBeVisible();
  if (kind === '/join') await page.getByRole('button', { name: 'Use the sample, part 1' }).click();
  const last = { '': page.getByRole('listitem').first(), '/join': page.getByRole('button', { name: 'I agree, start training' }) }[kind];
  await expect.element(last ?? page.getByRole('heading', { level: 1 })).toBeVisible();
  for (const details of document.querySelectorAll('details')) details.open = true;
}

test.each(SCREENS)('%s fits 320 px: nothing scrolls sideways, and every target is at least 24 px', async (_, kind) => {
  await page.viewport(320, 640);
  await show(kind);
  const { scrollWidth, clientWidth } = document.documentElement;
  expect(scrollWidth).toBeLessThanOrEqual(clientWidth);
  for (const target of document.querySelectorAll<HTMLElement>('button, summary, input, a.button, .switch label')) {
    const { width, height } = target.getBoundingClientRect();
    expect(Math.min(width, height), target.outerHTML).toBeGreaterThanOrEqual(24);
  }
});

test.each(SCREENS)('%s has landmarks, one main heading in order, and a name for each control', async (_, kind) => {
  await show(kind);
  for (const landmark of ['banner', 'main', 'contentinfo'] as const) expect(page.getByRole(landmark).elements()).toHaveLength(1);
  const levels = [...document.querySelectorAll('h1, h2, h3, h4')].map((heading) => Number(heading.tagName[1]));
  expect(levels.filter((level) => level === 1)).toHaveLength(1);
  for (const [i, level] of levels.entries()) expect(level - (levels[i - 1] ?? 0), `heading ${i}`).toBeLessThanOrEqual(1);
  for (const input of document.querySelectorAll('input')) expect(input.labels?.length, input.outerHTML).toBeGreaterThan(0);
  for (const node of document.querySelectorAll('button, a')) {
    expect(node.getAttribute('aria-label') ?? node.textContent?.trim(), node.outerHTML).not.toBe('');
  }
  const ids = [...document.querySelectorAll('[id]')].map((node) => node.id);
  expect(new Set(ids).size).toBe(ids.length);
});

test('the skip link comes first and moves the focus to the content', async () => {
  await show('');
  (document.activeElement as HTMLElement | null)?.blur();
  await userEvent.tab();
  expect(document.activeElement?.textContent?.trim()).toBe('Skip to the content');
  await userEvent.keyboard('{Enter}');
  expect(document.activeElement?.id).toBe('main');
});

test('a change of page moves the focus to the content and names the document', async () => {
  await show('');
  await page.getByRole('link', { name: /^Join / }).click();
  await expect.element(page.getByRole('heading', { name: /^Join / })).toBeVisible();
  expect(document.activeElement?.id).toBe('main');
  expect(document.title).toMatch(/^Join /);
});

test('the theme follows the choice and is kept; its colours keep text readable', async () => {
  await show('');
  for (const [name, scheme] of [
    ['Dark', 'dark'],
    ['Light', 'light'],
    ['Same as system', 'light dark'],
  ] as const) {
    await page.getByRole('radio', { name }).click();
    expect(getComputedStyle(document.documentElement).colorScheme).toBe(scheme);
    expect(localStorage.getItem('mesh-theme')).toBe(scheme === 'light dark' ? 'auto' : scheme);
    if (scheme === 'light dark') continue;
    for (const text of document.querySelectorAll<HTMLElement>('.lead, .card p, .button, .frame-nav a, .frame-footer a')) {
      // Buttons fade into the theme.
      await expect.poll(() => contrast(text), { message: `${name}: ${text.className}` }).toBeGreaterThanOrEqual(4.5);
    }
  }
});

/** WCAG 2.2 contrast ratio of an element's text on the nearest painted background. */
function contrast(element: HTMLElement): number {
  let ground: HTMLElement | null = element;
  while (ground !== null && channels(getComputedStyle(ground).backgroundColor)[3] === 0) ground = ground.parentElement;
  const [a, b] = [luminance(getComputedStyle(element).color), luminance(getComputedStyle(ground!).backgroundColor)];
  return (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
}

/** A canvas turns any CSS colour into four bytes. */
function channels(color: string): Uint8ClampedArray {
  const context = new OffscreenCanvas(1, 1).getContext('2d')!;
  context.fillStyle = color;
  context.fillRect(0, 0, 1, 1);
  return context.getImageData(0, 0, 1, 1).data;
}

function luminance(color: string): number {
  const [r, g, b] = [...channels(color)].slice(0, 3).map((byte) => {
    const c = byte / 255;
    return c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * r! + 0.7152 * g! + 0.0722 * b!;
}
