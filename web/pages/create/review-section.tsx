/** The last look: what will be public, and the button that signs it. A draft with a fault leads to the field at fault. */
import { createEffect, createSignal, For, on, Show, type JSX } from 'solid-js';
import { plural, t } from '../../i18n/t.ts';
import { hasSample, readColumns, taskOf } from '../../state/founding-form.ts';
import { Fact } from '../../ui/facts.tsx';
import { quantity } from '../../ui/format.ts';
import { ProblemNotice } from '../../ui/problem-notice.tsx';
import { Step } from '../../ui/step.tsx';
import { controlId } from './field.tsx';
import { hasTask, type Founder } from './founder.ts';

export function ReviewSection(props: { readonly founder: Founder }): JSX.Element {
  const form = () => props.founder.form;
  const [tries, setTries] = createSignal(0);
  const publish = async () => {
    await props.founder.publish();
    setTries((n) => n + 1);
  };
  // Once the fields have been told that they are wrong, and cards with one of them are open.
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
  return (
    <Step number={7} of={7} title={t('create.review.title')} waiting={hasTask(form()) ? null : t('create.later')}>
      <Summary founder={props.founder} />
      <p>{t('create.review.public')}</p>
      <p>{t('create.review.final')}</p>
      <Show when={props.founder.wrong().length > 0}>
        <div class="notice bad" role="alert">
          <p class="notice-what">
            <span aria-hidden="true">▲ </span>
            {plural('create.review.wrong', props.founder.wrong().length)}
          </p>
          <ul class="plain-list">
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
      </Show>
      <Invitation founder={props.founder} />
      <Show when={props.founder.problem()}>{(shown) => <ProblemNotice problem={shown()} />}</Show>
      <button type="button" class="button primary" disabled={props.founder.busy() !== null} onClick={() => void publish()}>
        {props.founder.busy() === 'publishing' ? t('create.review.publishing') : t('create.review.publish')}
      </button>
    </Step>
  );
}

/** Where the relay's host has a say. */
function Invitation(props: { readonly founder: Founder }): JSX.Element {
  const asked = () => {
    const relay = props.founder.relay();
    return relay?.ok === true && relay.value.asksHost;
  };
  return (
    <Show when={asked()}>
      <p>{t('create.review.host')}</p>
      <div class="field">
        <label for={controlId('invitation')}>{t('create.review.invitation')}</label>
        <input
          id={controlId('invitation')}
          type="text"
          autocomplete="off"
          spellcheck={false}
          value={props.founder.invitation()}
          onInput={(event) => props.founder.setInvitation(event.currentTarget.value)}
        />
      </div>
    </Show>
  );
}

function goTo(field: string): void {
  const control = document.getElementById(controlId(field));
  control?.focus();
  control?.scrollIntoView({ block: 'center' });
}

/** A field's own words, as they stand beside it. */
function labelOf(field: string): string {
  if (field === 'task.channels') return t('create.recordings.channels');
  if (field === 'task.columns') return t('create.columns.title');
  if (field === 'seats') return t('create.seats.legend');
  const label = document.querySelector<HTMLLabelElement>(`label[for="${controlId(field)}"]`)?.textContent;
  const column = document.getElementById(controlId(field))?.closest('.column')?.querySelector('.column-name')?.textContent;
  return [column, label ?? field].filter(Boolean).join(', ');
}

function Summary(props: { readonly founder: Founder }): JSX.Element {
  const form = () => props.founder.form;
  const read = () => readColumns(form()).filter(({ column }) => column.kind !== 'ignored').length;
  const answer = () => {
    const { name, classes } = taskOf(form()).label;
    if (classes.length === 0) return t('create.review.answer.unlisted');
    return name === '' ? classes.join(', ') : t('create.review.answer', { name, classes: classes.join(', ') });
  };
  const from = () => {
    const { source, image } = form();
    if (source === 'pictures') return t('create.review.pictures', { width: image.width, height: image.height });
    if (source === 'recordings')
      return plural('create.review.recordings', form().sequence.channels.filter((channel) => channel.read).length);
    return plural('create.review.columns', read());
  };
  const rounds = () => {
    const quote = props.founder.quote();
    return quote?.ok === true ? plural('create.review.rounds', quote.value.rounds) : t('create.quote.asking');
  };
  return (
    <dl class="facts column wide">
      <Fact name={t('create.texts.name')}>{form().name ?? props.founder.suggested().name}</Fact>
      <Fact name={t('create.review.learns')}>{answer()}</Fact>
      <Fact name={t('create.review.from')}>{from()}</Fact>
      <Fact name={t('create.review.policy')}>{t('create.privacy.epsilon.value', { epsilon: quantity(form().policy.epsilon) })}</Fact>
      <Fact name={t('create.quote.rounds')}>{rounds()}</Fact>
      <Fact name={t('create.test.title')}>
        {hasSample(form()) && form().test.open ? t('create.review.test', { percent: form().test.percent }) : t('create.review.noTest')}
      </Fact>
    </dl>
  );
}
