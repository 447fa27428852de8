import { render } from 'solid-js/web';
import { expect, test } from 'vitest';
import { page } from 'vitest/browser';
import Insecure from './insecure.tsx';

test('says what is missing, why it matters, and each way out; and offers nothing to press', async () => {
  const root = document.body.appendChild(document.createElement('div'));
  const dispose = render(() => <Insecure missing={['context', 'crypto', 'locks']} origin="http://192.0.2.7:8710" />, root);
  await expect.element(page.getByRole('heading', { name: 'This page cannot run here' })).toBeVisible();
  for (const text of ['http://192.0.2.7:8710', 'Web Crypto', 'Web Locks', 'https://', 'http://localhost', 'If you are the host']) {
    await expect.element(page.getByText(text, { exact: false }).first()).toBeVisible();
  }
  expect(root.querySelectorAll('a, button, input')).toHaveLength(0);
  dispose();
  root.remove();
});
