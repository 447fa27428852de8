/** The demo in place of the first view: the relay's own, with practice participants in this page. */
import { createResource, Match, Switch, type JSX } from 'solid-js';
import type { Hash } from '#protocol/codec';
import { t } from '../../i18n/t.ts';
import { fetchManifest } from '../../state/manifest.ts';
import { Pending } from '../../ui/pending.tsx';
import { ProblemNotice } from '../../ui/problem-notice.tsx';
import { PracticeStage } from '../practice/stage.tsx';

export function Demo(props: { readonly federation: Hash }): JSX.Element {
  const [manifest, { refetch }] = createResource(
    () => props.federation,
    (id) => fetchManifest(id),
  );
  const opened = () => {
    const answer = manifest.latest;
    return answer?.ok === true ? answer.value : null;
  };
  const problem = () => {
    const answer = manifest.latest;
    return answer?.ok === false ? answer.error : null;
  };
  return (
    <Switch fallback={<Pending>{t('app.loading')}</Pending>}>
      <Match when={problem()}>{(shown) => <ProblemNotice problem={shown()} retry={() => void refetch()} />}</Match>
      <Match when={opened()}>{(value) => <PracticeStage manifest={value()} title={t('demo.title')} onJoin={null} />}</Match>
    </Switch>
  );
}
