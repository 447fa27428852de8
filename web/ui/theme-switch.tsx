/** Auto, light or dark: three radio buttons drawn as one switch. */
import { For, type JSX } from 'solid-js';
import { t } from '../i18n/t.ts';
import { chooseTheme, theme, THEMES } from '../state/theme.ts';

export function ThemeSwitch(): JSX.Element {
  return (
    <fieldset class="switch">
      <legend class="unseen">{t('theme.label')}</legend>
      <For each={THEMES}>
        {(name) => (
          <label>
            <input type="radio" name="theme" value={name} checked={theme() === name} onChange={() => chooseTheme(name)} />
            <span>{t(`theme.${name}`)}</span>
          </label>
        )}
      </For>
    </fieldset>
  );
}
