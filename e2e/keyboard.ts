/** A person without a mouse: reaches controls with Tab, and uses them with keys only. */
import type { Page } from 'playwright-core';

const TABS_MAX = 250;

/** Name and role of what has the focus, as the browser computes them for a screen reader. */
async function focused(page: Page): Promise<string> {
  return page.evaluate(() => {
    const element = document.activeElement as (HTMLElement & { labels?: NodeListOf<HTMLLabelElement> | null }) | null;
    if (element === null || element === document.body || element.tabIndex < 0) return ''; // a page's own region, not a control
    const labelledBy = element.getAttribute('aria-labelledby');
    const named =
      labelledBy === null
        ? ''
        : labelledBy
            .split(' ')
            .map((id) => document.querySelector(`#${CSS.escape(id)}`)?.textContent ?? '')
            .join(' ');
    const label = element.getAttribute('aria-label') ?? (named || [...(element.labels ?? [])].map((l) => l.textContent).join(' '));
    return (label || element.textContent || '').trim();
  });
}

/** Presses Tab until a control of this name has the focus. @throws naming what was passed on the way */
export async function tabTo(page: Page, name: RegExp): Promise<void> {
  const seen: string[] = [];
  for (let i = 0; i < TABS_MAX; i++) {
    const now = await focused(page);
    if (name.test(now)) {
      const visible = await page.evaluate(() => {
        const element = document.activeElement!;
        const { outlineStyle, outlineWidth } = getComputedStyle(element);
        const box = element.getBoundingClientRect();
        return outlineStyle !== 'none' && outlineWidth !== '0px' && box.width > 0 && box.bottom > 0 && box.top < innerHeight;
      });
      if (!visible) throw new Error(`the focus on "${now}" cannot be seen`);
      return;
    }
    seen.push(now.slice(0, 30));
    await page.keyboard.press('Tab');
  }
  throw new Error(`Tab never reached ${String(name)}; passed ${[...new Set(seen)].join(' · ')}`);
}

/** Waits until a control of this name can be reached and used, since pages fill while a person reads. */
export async function press(page: Page, name: RegExp, key = 'Enter'): Promise<void> {
  await page
    .getByRole('button', { name })
    .or(page.getByRole('link', { name }))
    .or(page.getByLabel(name))
    .first()
    .waitFor({ timeout: 120_000 });
  await tabTo(page, name);
  await page.keyboard.press(key);
}
