/** Creates a project on one screen: three questions, a preview of what participants will see, and the button that publishes it. */
import { useNavigate } from '@solidjs/router';
import { createSignal, Match, Switch, type JSX } from 'solid-js';
import { t } from '../i18n/t.ts';
import '../styles/create.css';
import { usePageTitle } from '../ui/title.ts';
import { AnswerQuestion } from './create/answer-question.tsx';
import { Expert } from './create/expert.tsx';
import { TextField } from './create/field.tsx';
import { openFounder, type Founder } from './create/founder.ts';
import { Preview } from './create/preview.tsx';
import { Publish } from './create/publish.tsx';
import { SampleFindings } from './create/sample-findings.tsx';
import { SampleQuestion } from './create/sample-question.tsx';
import type { FreshProject } from './published.tsx';

export default function Create(): JSX.Element {
  usePageTitle(() => t('create.title'));
  const navigate = useNavigate();
  const founder = openFounder();
  let heading!: HTMLHeadingElement;
  const name = () => founder.form.name ?? founder.suggested().name;
  return (
    <div class="page create">
      <div class="desk">
        <div class="questions">
          <div class="question">
            <h1 ref={heading} tabindex="-1">
              {t('create.title')}
            </h1>
            <p class="lead">{t('create.lead')}</p>
          </div>
          <SampleQuestion founder={founder} />
          <AnswerQuestion founder={founder} />
          <SampleFindings founder={founder} />
          <TextField
            founder={founder}
            field="name"
            label={t('create.name')}
            value={name()}
            onInput={(typed) => founder.edit('name', { name: typed })}
          />
          <Expert founder={founder} />
        </div>
        <div class="outcome">
          <Preview founder={founder} />
          <Publish
            founder={founder}
            onPublished={({ id, waits }) => {
              const state: FreshProject = { name: name().trim(), waits };
              // Replaces the history entry, so that Back does not lead to an empty form.
              navigate(`/f/${id}/published`, { replace: true, state });
            }}
          />
          <Draft founder={founder} onStartOver={() => heading.focus()} />
        </div>
      </div>
    </div>
  );
}

/** Whether the draft is kept, and how to discard it. A cleared draft can be restored until a new one is begun. */
function Draft(props: { readonly founder: Founder; readonly onStartOver: () => void }): JSX.Element {
  const [undo, setUndo] = createSignal<(() => void) | null>(null);
  const startOver = () => {
    const back = props.founder.startOver();
    setUndo(() => back);
    props.onStartOver(); // the focused button disappears
  };
  return (
    <p class="quiet">
      <Switch>
        <Match when={props.founder.kept() !== null}>
          {t(props.founder.kept() === true ? 'create.kept' : 'create.kept.not')}{' '}
          <button type="button" class="plain" disabled={props.founder.busy() !== null} onClick={startOver}>
            {t('create.again')}
          </button>
        </Match>
        <Match when={undo()}>
          {(back) => (
            <>
              {t('create.cleared')}{' '}
              <button type="button" class="plain" onClick={() => back()()}>
                {t('create.undo')}
              </button>
            </>
          )}
        </Match>
      </Switch>
    </p>
  );
}
