/** What a person sees of a page without scrolling: how many words, how many filled buttons, and whether more hides below. */
import type { Page } from 'playwright-core';

export interface InView {
  /** Words of visible text within the window; what is there for screen readers alone does not count. */
  readonly words: number;
  /** Buttons and links drawn filled with the colour of action. */
  readonly filled: number;
  /** The page is no taller than the window. */
  readonly fits: boolean;
}

export async function inView(page: Page): Promise<InView> {
  return page.evaluate(() => {
    const shown = (element: Element) => {
      const box = element.getBoundingClientRect();
      const inside = box.width > 2 && box.height > 2 && box.top < innerHeight && box.bottom > 0 && box.left < innerWidth && box.right > 0;
      return (
        inside && element.checkVisibility({ opacityProperty: true, visibilityProperty: true }) && element.closest('.unseen, .skip') === null
      );
    };
    let words = 0;
    const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    for (let text = texts.nextNode(); text !== null; text = texts.nextNode()) {
      if (shown(text.parentElement!)) words += (text.textContent!.match(/[\p{L}\p{N}]+/gu) ?? []).length;
    }
    const probe = document.createElement('i');
    probe.style.color = 'var(--accent)';
    document.body.append(probe);
    const accent = getComputedStyle(probe).color;
    probe.remove();
    const filled = [...document.querySelectorAll('button, a')].filter(
      (element) => shown(element) && getComputedStyle(element).backgroundColor === accent,
    ).length;
    return { words, filled, fits: document.documentElement.scrollHeight <= innerHeight };
  });
}

/** Whether all of these are on the screen as it stands. */
export async function allInView(page: Page, selectors: readonly string[]): Promise<boolean> {
  return page.evaluate(
    (all) =>
      all.every((selector) => {
        const box = document.querySelector(selector)?.getBoundingClientRect();
        return box !== undefined && box.width > 0 && box.top >= 0 && box.bottom <= innerHeight;
      }),
    [...selectors],
  );
}
