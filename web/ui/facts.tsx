/** A name with its value, in a <dl class="facts">. */
import type { JSX, ParentProps } from 'solid-js';

export function Fact(props: ParentProps<{ readonly name: string }>): JSX.Element {
  return (
    <div class="fact">
      <dt>{props.name}</dt>
      <dd>{props.children}</dd>
    </div>
  );
}
