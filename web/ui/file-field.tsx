/** A field to choose or drop files. Its parent decides what happens to them. */
import { createUniqueId, type JSX } from 'solid-js';
import { DropZone } from './drop-zone.tsx';

/** Accepted as tables; archives of data sets use .data. */
export const TABLE_FILES = '.csv,.tsv,.txt,.data,text/csv,text/plain';
export const PICTURE_FILES = 'image/*,.csv,.tsv,text/csv';
/** Archives count as folders. */
export const RECORDING_FILES = `${TABLE_FILES},.zip,application/zip`;

export interface FileFieldProps {
  readonly label: string;
  readonly drop: string;
  readonly accept: string;
  readonly multiple: boolean;
  readonly busy: boolean;
  /** The id of the notice that says why the last file was refused. */
  readonly problem?: string | undefined;
  readonly onFiles: (files: readonly File[]) => void;
}

export function FileField(props: FileFieldProps): JSX.Element {
  const id = createUniqueId();
  const take = (list: FileList | null | undefined) => {
    const files = Array.from(list ?? []);
    if (files.length > 0 && !props.busy) props.onFiles(props.multiple ? files : files.slice(0, 1));
  };
  return (
    <DropZone onDrop={(transfer) => take(transfer?.files)}>
      <label for={id}>{props.label}</label>
      <input
        id={id}
        type="file"
        accept={props.accept}
        multiple={props.multiple}
        disabled={props.busy}
        aria-invalid={props.problem !== undefined}
        aria-describedby={props.problem}
        // Empties the field, so that choosing the same file again, corrected, fires a change.
        onClick={(event) => (event.currentTarget.value = '')}
        onChange={(event) => take(event.currentTarget.files)}
      />
      <span class="quiet">{props.drop}</span>
    </DropZone>
  );
}
