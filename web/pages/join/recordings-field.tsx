/** Recordings as data: one file with all lines, or one per recording with a file of answers; and what the task reads from them. */
import type { JSX } from 'solid-js';
import type { SequenceTask } from '#protocol/manifest/task';
import { t } from '../../i18n/t.ts';
import { RECORDING_FILES } from '../../ui/file-field.tsx';
import { count, few, quantity } from '../../words/format.ts';
import { FolderField } from './folder-field.tsx';

export interface RecordingsFieldProps {
  readonly task: SequenceTask;
  readonly invalid: boolean;
  readonly busy: boolean;
  readonly onFiles: (files: readonly File[]) => void;
}

export function RecordingsField(props: RecordingsFieldProps): JSX.Element {
  const names = () => ({
    recording: props.task.recording,
    channels: few(props.task.channels.map(({ name }) => name)),
    label: props.task.label.name,
  });
  return (
    <FolderField
      folder={{ title: t('sequence.folder'), hint: t('sequence.folder.hint', { classes: few(props.task.label.classes) }) }}
      files={{ title: t('sequence.files'), hint: t('sequence.files.hint', names()) }}
      accept={RECORDING_FILES}
      drop={t('sequence.drop')}
      invalid={props.invalid}
      busy={props.busy}
      onFiles={props.onFiles}
    />
  );
}

/** What a sequence task reads, in words. */
export function recordingLines({ channels, length, hop, windowsMax, motion, label }: SequenceTask): readonly string[] {
  return [
    ...channels.map(({ name, min, max }) => t('sequence.channel', { name, min: quantity(min), max: quantity(max) })),
    ...(motion === undefined ? [] : [t('sequence.rate', { rate: count(motion.rate) })]),
    t('sequence.window', { length: count(length), hop: count(hop) }),
    windowsMax === 1 ? t('sequence.windows.single') : t('sequence.windows', { max: count(windowsMax) }),
    t('data.columns.label', { name: label.name, values: label.classes.join(', ') }),
  ];
}
