/** How many practice participants take part beside the reader's own. */
import { For, type JSX } from 'solid-js';
import { t } from '../../i18n/t.ts';
import '../../styles/practice.css';
import { COMPANY } from '../../state/practice/practice.ts';

export function Company(props: { readonly company: number; readonly onCompany: (company: number) => void }): JSX.Element {
  return (
    <div class="practice-company">
      <label for="practice-company">{t('practice.company')}</label>
      <select
        id="practice-company"
        aria-describedby="practice-company-again"
        onChange={(event) => props.onCompany(Number(event.currentTarget.value))}
      >
        <For each={COMPANY}>
          {(n) => (
            <option value={n} selected={n === props.company}>
              {n}
            </option>
          )}
        </For>
      </select>
      <p class="quiet" id="practice-company-again">
        {t('practice.company.again')}
      </p>
    </div>
  );
}
