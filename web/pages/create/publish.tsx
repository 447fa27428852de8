/** The only button that sends something, what it makes public, and links to wrong fields of the draft. */
import { createEffect, createSignal, For, on, Show, type JSX } from 'solid-js';
import type { Published } from '#workers/founding/api';
import { plural, t } from '../../i18n/t.ts';
import { hasCentre, hasSample } from '../../state/founding/founding-form.ts';
import { ProblemNotice } from '../../ui/problem-notice.tsx';
import { controlId, goTo } from './field.tsx';
import type { Founder } from './founder.ts';

export function Publish(props: { readonly founder: Founder; readonly onPublished: (published: Published) => void }): JSX.Element {
  const form = () => props.founder.form;
  const [tries, setTries] = createSignal(0);
  const publish = async () => {
    const published = await props.founder.publish();
    if (published !== null) return props.onPublished(published);
    setTries((n) => n + 1);
  };
  // After wrong fields are marked and their cards are open.
  createEffect(
    on(
      tries,
      () => {
        const first = props.founder.wrong()[0];
        if (first !== undefined) queueMicrotask(() => goTo(first.field));
      },
      { defer: true },
    ),
  );
  const becomesPublic = () => {
    if (hasCentre(form())) return t('create.publish.public.centre');
    if (!hasSample(form())) return t('create.publish.public');
    return form().test.open ? t('create.publish.public.test') : t('create.publish.public.sample');
  };
  return (
    <div class="publish">
      <Show when={props.founder.wrong().length > 0}>
        <Faults founder={props.founder} />
      </Show>
      <Show when={props.founder.relayProblem()}>
        {(shown) => <ProblemNotice problem={shown()} retry={() => void props.founder.askRelay()} />}
      </Show>
      <Show when={props.founder.problem()}>{(shown) => <ProblemNotice problem={shown()} />}</Show>
      <button type="button" class="button primary" disabled={props.founder.busy() !== null} onClick={() => void publish()}>
        {props.founder.busy() === 'publishing' ? t('create.publish.busy') : t('create.publish')}
      </button>
      <p class="quiet">{becomesPublic()}</p>
      <Show when={props.founder.asksHost()}>
        <p class="quiet">{t('create.publish.host')}</p>
      </Show>
    </div>
  );
}

function Faults(props: { readonly founder: Founder }): JSX.Element {
  return (
    <div class="notice bad" role="alert">
      <p class="notice-what">
        <span aria-hidden="true">▲ </span>
        {plural('create.publish.wrong', props.founder.wrong().length)}
      </p>
      <ul>
        <For each={props.founder.wrong()}>
          {({ field, expected }) => (
            <li>
              <a
                href={`#${controlId(field)}`}
                onClick={(event) => {
                  event.preventDefault();
                  goTo(field);
                }}
              >
                {labelOf(field)}
              </a>
              : {t('create.field.expected', { expected })}
            </li>
          )}
        </For>
      </ul>
    </div>
  );
}

/** A field's label. */
function labelOf(field: string): string {
  if (field === 'sample') return t('create.source.legend');
  if (field === 'task.channels') return t('create.recordings.channels');
  if (field === 'task.columns') return t('create.columns.title');
  if (field === 'seats') return t('create.seats.legend');
  const label = document.querySelector<HTMLLabelElement>(`label[for="${controlId(field)}"]`)?.textContent;
  const column = document.getElementById(controlId(field))?.closest('.column')?.querySelector('.column-name')?.textContent;
  return [column, label ?? field].filter(Boolean).join(', ');
}
