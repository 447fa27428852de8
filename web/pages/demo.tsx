/** The demo: the relay's own project, with practice participants in this page. It has its own address, so that Back works. */
import { A } from '@solidjs/router';
import { createResource, Match, Switch, type JSX } from 'solid-js';
import type { Manifest } from '#protocol/manifest/manifest';
import { t } from '../i18n/t.ts';
import { fetchManifest } from '../state/manifest.ts';
import type { Result } from '#workers/api';
import type { Shown } from '../state/problem.ts';
import { fetchFederations } from '../state/relay.ts';
import { Pending } from '../ui/pending.tsx';
import { ProblemNotice } from '../ui/problem-notice.tsx';
import { usePageTitle } from '../ui/title.ts';
import { PracticeStage } from './practice/stage.tsx';

/** Null if the relay's host offers none. */
async function demoManifest(): Promise<Result<Manifest | null, Shown>> {
  const list = await fetchFederations();
  if (!list.ok) return list;
  const line = list.value.find(({ demo }) => demo);
  return line === undefined ? { ok: true, value: null } : fetchManifest(line.id);
}

export default function Demo(): JSX.Element {
  usePageTitle(() => t('demo.title'));
  const [answer, { refetch }] = createResource(demoManifest);
  const opened = () => {
    const found = answer.latest;
    return found?.ok === true ? found.value : undefined;
  };
  const problem = () => {
    const found = answer.latest;
    return found?.ok === false ? found.error : null;
  };
  return (
    <div class="page">
      <Switch fallback={<Pending>{t('app.loading')}</Pending>}>
        <Match when={problem()}>{(shown) => <ProblemNotice problem={shown()} retry={() => void refetch()} />}</Match>
        <Match when={opened()}>{(manifest) => <PracticeStage manifest={manifest()} title={t('demo.title')} onJoin={null} />}</Match>
        <Match when={opened() === null}>
          <h1>{t('demo.title')}</h1>
          <p>{t('demo.none')}</p>
          <A class="button primary" href="/">
            {t('lost.back')}
          </A>
        </Match>
      </Switch>
    </div>
  );
}
