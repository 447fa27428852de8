/** A drop target for files, around the fields that choose them. Its parent reads the files. */
import { createSignal, type JSX, type ParentProps } from 'solid-js';
import '../styles/join.css';

export interface DropZoneProps {
  /** A class in addition to `drop`. */
  readonly look?: string;
  readonly onDrop: (transfer: DataTransfer | null) => void;
}

export function DropZone(props: ParentProps<DropZoneProps>): JSX.Element {
  const [over, setOver] = createSignal(false);
  return (
    <div
      class={props.look === undefined ? 'drop' : `drop ${props.look}`}
      classList={{ over: over() }}
      onDragOver={(event) => {
        event.preventDefault();
        setOver(true);
      }}
      onDragLeave={() => setOver(false)}
      onDrop={(event) => {
        event.preventDefault();
        setOver(false);
        props.onDrop(event.dataTransfer);
      }}
    >
      {props.children}
    </div>
  );
}
