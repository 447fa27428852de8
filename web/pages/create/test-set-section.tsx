/** The public test set: rows of the sample that their owner gives away, so that everybody can see how good the model is. */
import { Show, type JSX } from 'solid-js';
import { plural, t } from '../../i18n/t.ts';
import { hasSample, sampleSize } from '../../state/founding-form.ts';
import { numberOf } from '../../state/typed-text.ts';
import { Step } from '../../ui/step.tsx';
import { CheckField, TextField } from './field.tsx';
import { hasTask, type Founder } from './founder.ts';

export function TestSetSection(props: { readonly founder: Founder }): JSX.Element {
  const form = () => props.founder.form;
  const test = () => form().test;
  const rows = () => Math.ceil((sampleSize(form()) * numberOf(test().percent)) / 100);
  const recordings = () => form().source === 'recordings';
  const stem = () => (recordings() ? 'create.test.recordings' : 'create.test.rows');
  return (
    <Step number={6} of={7} title={t('create.test.title')} waiting={hasTask(form()) ? null : t('create.later')}>
      <p>{t('create.test.lead')}</p>
      <Show when={hasSample(form())} fallback={<p class="quiet">{t('create.test.none')}</p>}>
        <CheckField
          founder={props.founder}
          field="test.open"
          label={recordings() ? t('create.test.open.recordings') : t('create.test.open')}
          hint={recordings() ? t('create.test.open.recordings.hint') : t('create.test.open.hint')}
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
    </Step>
  );
}
