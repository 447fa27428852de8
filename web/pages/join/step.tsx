/** One numbered step of joining: a heading with its number, and a sentence instead of the controls while it has to wait. */
import { Show, type JSX, type ParentProps } from 'solid-js';
import { t } from '../../i18n/t.ts';

export interface StepProps {
  readonly number: number;
  readonly title: string;
  /** Why the step cannot be done yet, or null. */
  readonly waiting: string | null;
}

export function Step(props: ParentProps<StepProps>): JSX.Element {
  const id = () => `step-${props.number}`;
  return (
    <section class="step" classList={{ waiting: props.waiting !== null }} aria-labelledby={id()}>
      <h2 id={id()}>
        <span class="step-number" aria-hidden="true">
          {props.number}
        </span>
        <span class="unseen">{t('join.step', { n: props.number })}: </span>
        {props.title}
      </h2>
      <Show when={props.waiting === null} fallback={<p class="quiet">{props.waiting}</p>}>
        <div class="step-body">{props.children}</div>
      </Show>
    </section>
  );
}
