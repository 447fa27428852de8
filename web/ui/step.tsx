/** One numbered step of a form: a heading with its number, and a sentence instead of the controls while it is blocked. */
import { createUniqueId, Show, type JSX, type ParentProps } from 'solid-js';
import { t } from '../i18n/t.ts';
import '../styles/join.css';

export interface StepProps {
  readonly number: number;
  /** Steps of the form. */
  readonly of: number;
  readonly title: string;
  /** Why the step is blocked, or null. */
  readonly waiting: string | null;
}

export function Step(props: ParentProps<StepProps>): JSX.Element {
  const id = createUniqueId();
  return (
    <section class="step" classList={{ waiting: props.waiting !== null }} aria-labelledby={id}>
      <h2 id={id}>
        <span class="step-number" aria-hidden="true">
          {props.number}
        </span>
        <span class="unseen">{t('step.spoken', { n: props.number, of: props.of })}: </span>
        {props.title}
      </h2>
      <Show when={props.waiting === null} fallback={<p class="quiet">{props.waiting}</p>}>
        <div class="step-body">{props.children}</div>
      </Show>
    </section>
  );
}
