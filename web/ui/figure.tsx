/** A figure and what it is, in a list of them. */
import type { JSX } from 'solid-js';

export function Figure(props: { readonly name: string; readonly value: string }): JSX.Element {
  return (
    <div>
      <dt>{props.name}</dt>
      <dd>{props.value}</dd>
    </div>
  );
}
