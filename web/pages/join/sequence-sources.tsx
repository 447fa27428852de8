/** Ways to add recordings: record with this device, if the task says how, or choose files. */
import { Show, type JSX } from 'solid-js';
import type { SequenceTask } from '#protocol/manifest/task';
import type { PageSource } from '#workers/api';
import { t } from '../../i18n/t.ts';
import type { RecordingCalls } from '../../state/motion/motion-recordings.ts';
import { count } from '../../words/format.ts';
import { RecordSource } from '../record/record-source.tsx';
import { RecordingsField } from './recordings-field.tsx';

export interface SequenceSourcesProps {
  readonly task: SequenceTask;
  readonly calls: RecordingCalls;
  readonly invalid: boolean;
  readonly busy: boolean;
  readonly onSource: (source: PageSource) => void;
}

export function SequenceSources(props: SequenceSourcesProps): JSX.Element {
  return (
    <>
      <Show when={props.task.motion}>
        {(motion) => (
          <RecordSource
            task={props.task}
            rate={motion().rate}
            calls={props.calls}
            busy={props.busy}
            onRecordings={(recordings) => props.onSource({ recordings })}
          />
        )}
      </Show>
      <RecordingsField
        task={props.task}
        invalid={props.invalid}
        busy={props.busy}
        onFiles={(recordingFiles) => props.onSource({ recordingFiles })}
      />
    </>
  );
}

/** What is being read, in a few words; null for other sources. */
export function sequenceSourceName(source: PageSource): string | null {
  if ('recordings' in source) return t('record.reading');
  if (!('recordingFiles' in source)) return null;
  const files = source.recordingFiles;
  return files.length === 1 ? files[0]!.name : t('sequence.reading', { n: count(files.length) });
}
