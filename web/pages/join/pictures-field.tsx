/** Pictures as data: a folder whose folders are named like the answers, or files with a CSV that labels them. Chosen or dropped. */
import { createSignal, createUniqueId, Show, type JSX } from 'solid-js';
import type { Task } from '#protocol/task';
import { t } from '../../i18n/t.ts';
import '../../styles/images.css';
import { droppedFiles, filesOf } from './chosen-files.ts';

const TYPES = 'image/png,image/jpeg,image/gif,image/webp,image/bmp,.csv,.tsv,text/csv';
const CLASSES_SHOWN = 4;

export interface PicturesFieldProps {
  readonly label: Task['label'];
  readonly invalid: boolean;
  readonly busy: boolean;
  readonly onPictures: (pictures: readonly File[]) => void;
}

export function PicturesField(props: PicturesFieldProps): JSX.Element {
  const [over, setOver] = createSignal(false);
  const classes = () => {
    const names = props.label.classes.slice(0, CLASSES_SHOWN).join(', ');
    return props.label.classes.length > CLASSES_SHOWN ? `${names} …` : names;
  };
  const drop = async (transfer: DataTransfer | null) => {
    const files = await droppedFiles(transfer).catch(() => []); // a folder that cannot be listed reads as an empty one
    if (!props.busy) props.onPictures(files);
  };
  return (
    <div
      class="drop pictures"
      classList={{ over: over() }}
      onDragOver={(event) => {
        event.preventDefault();
        setOver(true);
      }}
      onDragLeave={() => setOver(false)}
      onDrop={(event) => {
        event.preventDefault();
        setOver(false);
        void drop(event.dataTransfer);
      }}
    >
      <Show when={'webkitdirectory' in HTMLInputElement.prototype}>
        <Choice {...props} title={t('images.folder')} hint={t('images.folder.hint', { classes: classes() })} folder />
      </Show>
      <Choice {...props} title={t('images.files')} hint={t('images.files.hint', { label: props.label.name })} folder={false} />
      <p class="quiet">{t('images.drop')}</p>
    </div>
  );
}

function Choice(props: PicturesFieldProps & { readonly title: string; readonly hint: string; readonly folder: boolean }): JSX.Element {
  const id = createUniqueId();
  const hintId = createUniqueId();
  return (
    <div class="pictures-choice">
      <label for={id}>{props.title}</label>
      <input
        id={id}
        type="file"
        multiple
        accept={props.folder ? undefined : TYPES}
        ref={(input) => (input.webkitdirectory = props.folder)}
        disabled={props.busy}
        aria-invalid={props.invalid}
        aria-describedby={props.invalid ? `${hintId} data-problem` : hintId}
        // The same files, corrected, are a change only if the field was emptied before.
        onClick={(event) => (event.currentTarget.value = '')}
        onChange={(event) => props.onPictures(filesOf(event.currentTarget.files))}
      />
      <span class="quiet" id={hintId}>
        {props.hint}
      </span>
    </div>
  );
}
