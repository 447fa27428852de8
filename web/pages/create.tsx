/** Founding a federation on one page: sections open as they make sense. Nothing leaves the device before "Sign and publish". */
import { A } from '@solidjs/router';
import { Show, type JSX } from 'solid-js';
import { t } from '../i18n/t.ts';
import '../styles/create.css';
import { usePageTitle } from '../ui/title.ts';
import { ColumnsSection } from './create/columns-section.tsx';
import { openFounder } from './create/founder.ts';
import { PrivacySection } from './create/privacy-section.tsx';
import { Published } from './create/published.tsx';
import { ReviewSection } from './create/review-section.tsx';
import { RoundsSection } from './create/rounds-section.tsx';
import { SourceSection } from './create/source-section.tsx';
import { TestSetSection } from './create/test-set-section.tsx';
import { TextsSection } from './create/texts-section.tsx';

export default function Create(): JSX.Element {
  usePageTitle(() => t('create.title'));
  const founder = openFounder();
  return (
    <div class="page create">
      <p class="crumb">
        <A href="/">← {t('federation.all')}</A>
      </p>
      <Show when={founder.published()} fallback={<Form founder={founder} />}>
        {(published) => <Published {...published()} name={founder.form.name ?? founder.suggested().name} />}
      </Show>
    </div>
  );
}

function Form(props: { readonly founder: ReturnType<typeof openFounder> }): JSX.Element {
  return (
    <>
      <h1>{t('create.title')}</h1>
      <p class="lead">{t('create.lead')}</p>
      <div class="steps">
        <SourceSection founder={props.founder} />
        <ColumnsSection founder={props.founder} />
        <PrivacySection founder={props.founder} />
        <RoundsSection founder={props.founder} />
        <TextsSection founder={props.founder} />
        <TestSetSection founder={props.founder} />
        <ReviewSection founder={props.founder} />
      </div>
    </>
  );
}
