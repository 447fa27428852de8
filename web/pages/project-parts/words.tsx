/** The technical words of this page, each in one plain sentence. */
import { For, type JSX } from 'solid-js';
import { t } from '../../i18n/t.ts';

const WORDS = ['round', 'epsilon', 'delta', 'relay', 'certified'] as const;

export function Words(): JSX.Element {
  return (
    <details class="words">
      <summary>{t('train.words')}</summary>
      <dl>
        <For each={WORDS}>
          {(word) => (
            <>
              <dt>{t(`words.${word}`)}</dt>
              <dd>{t(`words.${word}.text`)}</dd>
            </>
          )}
        </For>
      </dl>
    </details>
  );
}
