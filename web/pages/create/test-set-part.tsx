/** The public test set: rows of the sample that the founder publishes, so that everybody can see how good the model is. */
import { Show, type JSX } from 'solid-js';
import { plural, t } from '../../i18n/t.ts';
import { hasSample, sampleSize } from '../../state/founding/founding-form.ts';
import { numberOf } from '../../state/typed-text.ts';
import { CheckField, TextField } from './field.tsx';
import type { Founder } from './founder.ts';
import { Part } from './part.tsx';

export function TestSetPart(props: { readonly founder: Founder }): JSX.Element {
  const form = () => props.founder.form;
  const test = () => form().test;
  const rows = () => Math.ceil((sampleSize(form()) * numberOf(test().percent)) / 100);
  const recordings = () => form().source === 'recordings';
  const stem = () => (recordings() ? 'create.test.recordings' : 'create.test.rows');
  return (
    <Part title={t('create.test.title')} lead={t('create.test.lead')}>
      <Show when={hasSample(form())} fallback={<p class="quiet">{t('create.test.none')}</p>}>
        <CheckField
          founder={props.founder}
          field="test.open"
          label={recordings() ? t('create.test.open.recordings') : t('create.test.open')}
          hint={t('create.test.open.hint')}
          checked={test().open}
          onCheck={(open) => props.founder.edit('testShare', { test: { ...test(), open } })}
        />
        <Show when={test().open}>
          <TextField
            founder={props.founder}
            field="testShare"
            label={recordings() ? t('create.test.percent.recordings') : t('create.test.percent')}
            kind="decimal"
            value={test().percent}
            onInput={(percent) => props.founder.edit('testShare', { test: { ...test(), percent } })}
          />
          <Show when={rows() >= 0 && rows() <= sampleSize(form())}>
            <p class="strong">{plural(stem(), rows())}</p>
          </Show>
        </Show>
      </Show>
    </Part>
  );
}
