/** What is to be learnt from: a sample file that stays on the device, pictures, or columns written by hand. */
import { Show, type JSX } from 'solid-js';
import { plural, t } from '../../i18n/t.ts';
import type { FoundingForm } from '../../state/founding-form.ts';
import { FileField, TABLE_FILES } from '../../ui/file-field.tsx';
import { ProblemNotice } from '../../ui/problem-notice.tsx';
import { ChoiceField } from './field.tsx';
import type { Founder } from './founder.ts';
import { Section } from './section.tsx';

const SOURCES = ['file', 'pictures', 'scratch'] as const satisfies readonly FoundingForm['source'][];

export function SourceSection(props: { readonly founder: Founder }): JSX.Element {
  const form = () => props.founder.form;
  return (
    <Section number={1} title={t('create.source.title')} waiting={null}>
      <ChoiceField
        name="source"
        legend={t('create.source.legend')}
        value={form().source}
        choices={SOURCES.map((value) => ({ value, label: t(`create.source.${value}`), hint: t(`create.source.${value}.hint`) }))}
        onChoose={(source) => props.founder.choose(source)}
      />
      <Show when={form().source === 'file'}>
        <p>{t('create.file.stays')}</p>
        <FileField
          label={t('create.file')}
          drop={t('create.file.drop')}
          accept={TABLE_FILES}
          multiple={false}
          busy={props.founder.busy() !== null}
          problem={props.founder.fileProblem() === null ? undefined : 'sample-problem'}
          onFiles={([file]) => file !== undefined && void props.founder.read(file)}
        />
        <Show when={props.founder.fileProblem()}>{(shown) => <ProblemNotice problem={shown()} id="sample-problem" />}</Show>
        <div role="status">
          <Show when={props.founder.busy() === 'reading'}>
            <p class="quiet">{t('create.file.reading')}</p>
          </Show>
          <Show when={form().columns.length > 0 && props.founder.busy() !== 'reading'}>
            <p>{plural('create.file.read', form().sampleRows, { name: form().fileName, columns: form().columns.length })}</p>
          </Show>
        </div>
      </Show>
    </Section>
  );
}
