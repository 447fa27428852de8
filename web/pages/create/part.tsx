/** One part of the expert settings: a heading, a sentence about its effect, its fields. */
import { createUniqueId, Show, type JSX, type ParentProps } from 'solid-js';

export function Part(props: ParentProps<{ readonly title: string; readonly lead?: string }>): JSX.Element {
  const id = createUniqueId();
  return (
    <section class="part" aria-labelledby={id}>
      <h2 id={id}>{props.title}</h2>
      <Show when={props.lead}>{(lead) => <p class="quiet">{lead()}</p>}</Show>
      {props.children}
    </section>
  );
}
