/** Pictures as data, chosen or dropped: a folder with one subfolder per answer, or files with a CSV of labels. */
import type { JSX } from 'solid-js';
import type { ClassLabel } from '#protocol/manifest/task';
import { t } from '../../i18n/t.ts';
import { few } from '../../words/format.ts';
import { PICTURE_FILES } from '../../ui/file-field.tsx';
import { FolderField } from './folder-field.tsx';

export interface PicturesFieldProps {
  readonly label: ClassLabel;
  readonly invalid: boolean;
  readonly busy: boolean;
  readonly onPictures: (pictures: readonly File[]) => void;
}

export function PicturesField(props: PicturesFieldProps): JSX.Element {
  return (
    <FolderField
      folder={{ title: t('images.folder'), hint: t('images.folder.hint', { classes: few(props.label.classes) }) }}
      files={{ title: t('images.files'), hint: t('images.files.hint', { label: props.label.name }) }}
      accept={PICTURE_FILES}
      drop={t('images.drop')}
      invalid={props.invalid}
      busy={props.busy}
      onFiles={props.onPictures}
    />
  );
}
