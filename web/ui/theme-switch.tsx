/** System, light or dark: three radio buttons drawn as one switch of symbols. */
import { For, type JSX } from 'solid-js';
import { t } from '../i18n/t.ts';
import { chooseTheme, theme, THEMES, type Theme } from '../state/theme.ts';

const SIGN: Readonly<Record<Theme, string>> = { auto: '◐', light: '☀', dark: '☾' };

export function ThemeSwitch(): JSX.Element {
  return (
    <fieldset class="switch">
      <legend class="unseen">{t('theme.label')}</legend>
      <For each={THEMES}>
        {(name) => (
          <label title={t(`theme.${name}`)}>
            <input type="radio" name="theme" value={name} checked={theme() === name} onChange={() => chooseTheme(name)} />
            <span class="unseen">{t(`theme.${name}`)}</span>
            <span aria-hidden="true">{SIGN[name]}</span>
          </label>
        )}
      </For>
    </fieldset>
  );
}
