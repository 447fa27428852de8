/** Stands where a part of the page is not here yet. While one stands the footer is away, so that what comes pushes nothing down (frame.css). */
import type { JSX, ParentProps } from 'solid-js';

export function Pending(props: ParentProps): JSX.Element {
  return (
    <p class="quiet pending" role="status">
      {props.children}
    </p>
  );
}
