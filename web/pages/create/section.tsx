/** One numbered section of founding; while it has to wait, a sentence says for what. */
import { Show, type JSX, type ParentProps } from 'solid-js';
import '../../styles/join.css';

export interface SectionProps {
  readonly number: number;
  readonly title: string;
  /** Why it cannot be filled in yet, or null. */
  readonly waiting: string | null;
}

export function Section(props: ParentProps<SectionProps>): JSX.Element {
  const id = () => `create-${props.number}`;
  return (
    <section class="step" classList={{ waiting: props.waiting !== null }} aria-labelledby={id()}>
      <h2 id={id()}>
        <span class="step-number" aria-hidden="true">
          {props.number}
        </span>
        {props.title}
      </h2>
      <Show when={props.waiting === null} fallback={<p class="quiet">{props.waiting}</p>}>
        <div class="step-body">{props.children}</div>
      </Show>
    </section>
  );
}
