/** A figure and its label, in a list of figures. */
import type { JSX } from 'solid-js';

export function Figure(props: { readonly name: string; readonly value: string }): JSX.Element {
  return (
    <div>
      <dt>{props.name}</dt>
      <dd>{props.value}</dd>
    </div>
  );
}
