/** A place that files can be dropped on, around the fields that choose them. What was dropped is its owner's to read. */
import { createSignal, type JSX, type ParentProps } from 'solid-js';
import '../styles/join.css';

export interface DropZoneProps {
  /** A class beside `drop`. */
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
