/** axe-core in a page, by WCAG 2.2 A and AA; and whether the page scrolls sideways, also with text at 140 %. */
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import type { AxeResults, RunOptions } from 'axe-core';
import type { Page } from 'playwright-core';

const SOURCE = createRequire(import.meta.url).resolve('axe-core/axe.min.js');
const OPTIONS: RunOptions = {
  runOnly: { type: 'tag', values: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22a', 'wcag22aa'] },
  resultTypes: ['violations'],
};

const SETTLE_MS = 300;

export const THEMES = ['light', 'dark'] as const;
export const WIDTHS = [320, 1280] as const;
/** Default text size, and a larger one. */
const TEXT_SIZES = ['100%', '140%'] as const;

export interface Finding {
  readonly screen: string;
  readonly theme: string;
  readonly width: number;
  readonly rule: string;
  readonly where: readonly string[];
}

/** Checks the current page in both themes and both widths. @returns all faults */
export async function inspect(page: Page, screen: string): Promise<Finding[]> {
  const source = await readFile(SOURCE, 'utf8');
  const found: Finding[] = [];
  for (const width of WIDTHS) {
    await page.setViewportSize({ width, height: 900 });
    for (const theme of THEMES) {
      await page.evaluate((name) => void (document.documentElement.dataset['theme'] = name), theme);
      // A colour in transition belongs to neither theme.
      await page.waitForTimeout(SETTLE_MS);
      await page.evaluate(() => {
        for (const animation of document.getAnimations()) {
          if (animation.effect?.getTiming().iterations !== Infinity) animation.finish();
        }
      });
      await page.evaluate(`globalThis.axe === undefined && ${source}`).catch(() => page.evaluate(source));
      const results = (await page.evaluate(
        (options) => (globalThis as unknown as { axe: { run(options: unknown): unknown } }).axe.run(options),
        OPTIONS,
      )) as AxeResults;
      for (const { id, nodes } of results.violations) {
        found.push({
          screen,
          theme,
          width,
          rule: id,
          where: nodes.slice(0, 3).map((node) => `${node.html.slice(0, 120)} ${node.failureSummary ?? ''}`),
        });
      }
    }
    for (const size of TEXT_SIZES) {
      await page.evaluate((percent) => void (document.documentElement.style.fontSize = percent), size);
      const wide = await tooWide(page);
      if (wide !== null) found.push({ screen, theme: 'any', width, rule: `sideways-scroll at ${size}`, where: wide });
    }
    await page.evaluate(() => void document.documentElement.style.removeProperty('font-size'));
  }
  return found;
}

/** @returns by how much the page is wider than its window, and the widest element; null if it fits */
async function tooWide(page: Page): Promise<string[] | null> {
  return page.evaluate(() => {
    const over = document.documentElement.scrollWidth - document.documentElement.clientWidth;
    if (over <= 0) return null;
    const widest = [...document.querySelectorAll('main *')].filter(
      (e) => e.getBoundingClientRect().right > document.documentElement.clientWidth + 1,
    );
    return [`${over} px`, ...widest.slice(0, 3).map((e) => e.outerHTML.slice(0, 120))];
  });
}
