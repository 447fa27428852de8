/** What is to be learnt from: a sample file that stays on the device, pictures, or columns written by hand. */
import { createSignal, Show, type JSX } from 'solid-js';
import { plural, t } from '../../i18n/t.ts';
import type { FoundingForm } from '../../state/founding-form.ts';
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
        <SampleFile founder={props.founder} />
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

function SampleFile(props: { readonly founder: Founder }): JSX.Element {
  const [over, setOver] = createSignal(false);
  const take = (files: FileList | null | undefined) => {
    const file = files?.[0];
    if (file !== undefined) void props.founder.read(file);
  };
  const refused = () => props.founder.fileProblem() !== null;
  return (
    <div
      class="drop"
      classList={{ over: over() }}
      onDragOver={(event) => {
        event.preventDefault();
        setOver(true);
      }}
      onDragLeave={() => setOver(false)}
      onDrop={(event) => {
        event.preventDefault();
        setOver(false);
        take(event.dataTransfer?.files);
      }}
    >
      <label for="sample-file">{t('create.file')}</label>
      <input
        id="sample-file"
        type="file"
        accept=".csv,.tsv,.txt,.data,text/csv,text/plain"
        disabled={props.founder.busy() !== null}
        aria-invalid={refused()}
        aria-describedby={refused() ? 'sample-problem' : undefined}
        // The same file, corrected, is a change only if the field was emptied before.
        onClick={(event) => (event.currentTarget.value = '')}
        onChange={(event) => take(event.currentTarget.files)}
      />
      <span class="quiet">{t('create.file.drop')}</span>
    </div>
  );
}
