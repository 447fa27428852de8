import { render } from 'solid-js/web';
import { afterEach, expect, test } from 'vitest';
import { page } from 'vitest/browser';
import type { MissingFeature } from '../state/platform.ts';
import Insecure from './insecure.tsx';

let dispose: (() => void) | undefined;
afterEach(() => dispose?.());

function open(missing: readonly MissingFeature[]): HTMLElement {
  const root = document.body.appendChild(document.createElement('div'));
  const stop = render(() => <Insecure missing={missing} origin="http://192.0.2.7:8710" />, root);
  dispose = () => {
    stop();
    root.remove();
  };
  return root;
}

test('an address that is not secure: says so, each way out, and what is missing; and offers nothing to press', async () => {
  const root = open(['context', 'crypto', 'locks']);
  await expect.element(page.getByRole('heading', { name: 'This page cannot run here' })).toBeVisible();
  for (const text of ['http://192.0.2.7:8710', 'https://', 'http://localhost', 'If you are the host']) {
    await expect.element(page.getByText(text, { exact: false }).first()).toBeVisible();
  }
  await page.getByText('What is missing').click();
  for (const text of ['Web Crypto', 'Web Locks']) await expect.element(page.getByText(text, { exact: false }).first()).toBeVisible();
  expect(root.querySelectorAll('a, button, input')).toHaveLength(0);
});

test('a window that stores nothing, as a private one of some browsers, is called that, with the one thing to do', async () => {
  const root = open(['storage']);
  await expect.element(page.getByRole('heading', { name: 'This window does not let the page store anything' })).toBeVisible();
  await expect.element(page.getByText('Open the page in an ordinary window, or allow it to store data.')).toBeVisible();
  expect(root.textContent).not.toMatch(/https:|localhost|host:/);
});

test('a browser that lacks something else is to be replaced by a current one', async () => {
  open(['wasm', 'storage']);
  await expect.element(page.getByText(/Use a current Firefox/)).toBeVisible();
});
