import axe from 'axe-core';
import { afterEach, expect, test } from 'vitest';
import { page } from 'vitest/browser';
import { mountAt, type Mounted } from '../testing/mount.tsx';

let mounted: Mounted | undefined;
afterEach(async () => {
  mounted?.dispose();
  delete document.documentElement.dataset['theme'];
  await page.viewport(1280, 800);
});

test.each(['light', 'dark'] as const)('every part in every state passes axe, in %s, and fits 320 px', async (theme) => {
  document.documentElement.dataset['theme'] = theme;
  await page.viewport(320, 800);
  mounted = mountAt('/components');
  await expect.element(page.getByRole('heading', { name: 'Components' })).toBeVisible();
  await expect.element(page.getByText('38 % of your privacy allowance used')).toBeVisible();
  expect(document.documentElement.scrollWidth).toBeLessThanOrEqual(document.documentElement.clientWidth);
  const rules = { runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa'] };
  const { violations } = await axe.run(document.querySelector('main')!, rules);
  expect(violations.map(({ id, nodes }) => `${id}: ${nodes[0]!.html}`)).toEqual([]);
});
