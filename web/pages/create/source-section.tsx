/** What is to be learnt from: a sample file that stays on the device, pictures, or columns written by hand. */
import { Show, type JSX } from 'solid-js';
import { plural, t } from '../../i18n/t.ts';
import type { FoundingForm } from '../../state/founding-form.ts';
import { FileField, TABLE_FILES } from '../../ui/file-field.tsx';
import { ProblemNotice } from '../../ui/problem-notice.tsx';
import { Step } from '../../ui/step.tsx';
import { FolderField } from '../join/folder-field.tsx';
import { ChoiceField } from './field.tsx';
import type { Founder } from './founder.ts';

const SOURCES = ['file', 'recordings', 'motion', 'pictures', 'scratch'] as const satisfies readonly (FoundingForm['source'] | 'motion')[];

export function SourceSection(props: { readonly founder: Founder }): JSX.Element {
  const form = () => props.founder.form;
  const motion = () => form().source === 'recordings' && form().sequence.rate !== null;
  return (
    <Step number={1} of={7} title={t('create.source.title')} waiting={null}>
      <ChoiceField
        name="source"
        legend={t('create.source.legend')}
        value={motion() ? 'motion' : form().source}
        choices={SOURCES.map((value) => ({ value, label: t(`create.source.${value}`), hint: t(`create.source.${value}.hint`) }))}
        onChoose={(source) => props.founder.choose(source)}
      />
      <Show when={form().source === 'recordings' && !motion()}>
        <RecordingsSample founder={props.founder} />
      </Show>
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
    </Step>
  );
}

function RecordingsSample(props: { readonly founder: Founder }): JSX.Element {
  const sequence = () => props.founder.form.sequence;
  return (
    <>
      <p>{t('create.recordings.stays')}</p>
      <FolderField
        folder={{ title: t('create.recordings.folder'), hint: t('create.recordings.folder.hint') }}
        files={{ title: t('create.recordings.files'), hint: t('create.recordings.files.hint') }}
        accept={TABLE_FILES}
        drop={t('sequence.drop')}
        invalid={props.founder.fileProblem() !== null}
        problem="sample-problem"
        busy={props.founder.busy() !== null}
        onFiles={(files) => void props.founder.readRecordings(files)}
      />
      <Show when={props.founder.fileProblem()}>{(shown) => <ProblemNotice problem={shown()} id="sample-problem" />}</Show>
      <div role="status">
        <Show when={props.founder.busy() === 'reading'}>
          <p class="quiet">{t('create.file.reading')}</p>
        </Show>
        <Show when={sequence().recordings > 0 && props.founder.busy() !== 'reading'}>
          <p>{plural('create.recordings.seen', sequence().recordings, { name: sequence().name, channels: sequence().channels.length })}</p>
        </Show>
      </div>
    </>
  );
}
