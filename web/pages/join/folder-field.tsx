/** A field for chosen or dropped files and folders, shared by pictures and recordings. Its parent handles the files. */
import { createUniqueId, Show, type JSX } from 'solid-js';
import '../../styles/images.css';
import { DropZone } from '../../ui/drop-zone.tsx';
import { droppedFiles, filesOf } from './chosen-files.ts';

interface Named {
  readonly title: string;
  readonly hint: string;
}

export interface FolderFieldProps {
  readonly folder: Named;
  readonly files: Named;
  /** Accepted types of single files; a folder is taken whole. */
  readonly accept: string;
  readonly drop: string;
  readonly invalid: boolean;
  /** Id of the notice that explains the last refusal. */
  readonly problem?: string;
  readonly busy: boolean;
  readonly onFiles: (files: readonly File[]) => void;
}

export function FolderField(props: FolderFieldProps): JSX.Element {
  const drop = async (transfer: DataTransfer | null) => {
    const files = await droppedFiles(transfer).catch(() => []); // a folder that cannot be listed reads as an empty one
    if (!props.busy) props.onFiles(files);
  };
  return (
    <DropZone look="pictures" onDrop={(transfer) => void drop(transfer)}>
      <Show when={'webkitdirectory' in HTMLInputElement.prototype}>
        <Choice {...props} named={props.folder} whole />
      </Show>
      <Choice {...props} named={props.files} whole={false} />
      <p class="quiet">{props.drop}</p>
    </DropZone>
  );
}

function Choice(props: FolderFieldProps & { readonly named: Named; readonly whole: boolean }): JSX.Element {
  const id = createUniqueId();
  const hintId = createUniqueId();
  return (
    <div class="pictures-choice">
      <label for={id}>{props.named.title}</label>
      <input
        id={id}
        type="file"
        multiple
        accept={props.whole ? undefined : props.accept}
        ref={(input) => (input.webkitdirectory = props.whole)}
        disabled={props.busy}
        aria-invalid={props.invalid}
        aria-describedby={props.invalid ? `${hintId} ${props.problem ?? 'data-problem'}` : hintId}
        // Choosing the same files again fires `change` only if the field is empty.
        onClick={(event) => (event.currentTarget.value = '')}
        onChange={(event) => props.onFiles(filesOf(event.currentTarget.files))}
      />
      <span class="quiet" id={hintId}>
        {props.named.hint}
      </span>
    </div>
  );
}
