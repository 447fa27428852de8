/** Creating a project on one screen: three questions, what participants will see of the answers, and the button that publishes it. */
import { useNavigate } from '@solidjs/router';
import { Show, type JSX } from 'solid-js';
import { t } from '../i18n/t.ts';
import '../styles/create.css';
import { usePageTitle } from '../ui/title.ts';
import { AnswerQuestion } from './create/answer-question.tsx';
import { Expert } from './create/expert.tsx';
import { TextField } from './create/field.tsx';
import { openFounder } from './create/founder.ts';
import { Preview } from './create/preview.tsx';
import { Publish } from './create/publish.tsx';
import { SampleQuestion } from './create/sample-question.tsx';
import type { FreshProject } from './published.tsx';

export default function Create(): JSX.Element {
  usePageTitle(() => t('create.title'));
  const navigate = useNavigate();
  const founder = openFounder();
  let heading!: HTMLHeadingElement;
  const startOver = () => {
    founder.startOver();
    heading.focus(); // the button that had it goes
  };
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
              // In place of the form: who goes back does not find it empty.
              navigate(`/f/${id}/published`, { replace: true, state });
            }}
          />
          <Show when={founder.kept() !== null}>
            <p class="quiet">
              {t(founder.kept() === true ? 'create.kept' : 'create.kept.not')}{' '}
              <button type="button" class="plain" disabled={founder.busy() !== null} onClick={startOver}>
                {t('create.again')}
              </button>
            </p>
          </Show>
        </div>
      </div>
    </div>
  );
}
