/**
 * The theme a person chose, kept in this browser; `auto` follows the system. CSS does the rest from data-theme on <html>.
 */
import { createSignal } from 'solid-js';

export const THEMES = ['auto', 'light', 'dark'] as const;
export type Theme = (typeof THEMES)[number];
const KEY = 'mesh-theme';

function kept(): Theme {
  try {
    const found = localStorage.getItem(KEY);
    return THEMES.find((name) => name === found) ?? 'auto';
  } catch {
    return 'auto'; // storage is denied: the choice lasts as long as the page
  }
}

const [theme, setTheme] = createSignal<Theme>(kept());
export { theme };

export function chooseTheme(name: Theme): void {
  setTheme(name);
  applyTheme();
  try {
    localStorage.setItem(KEY, name);
  } catch {
    // See kept().
  }
}

/** Called before the first render, so that the page does not change colour under the reader. */
export function applyTheme(): void {
  document.documentElement.dataset['theme'] = theme();
}
