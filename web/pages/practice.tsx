/**
 * Practice: a newcomer trains with made-up participants in this page, then tries the model. This browser's real peer is neither started nor
 * involved; only the federation's public files are read.
 */
import { useParams } from '@solidjs/router';
import { createEffect, createSignal, Match, on, onCleanup, Switch, type JSX } from 'solid-js';
import type { Manifest } from '#protocol/manifest/manifest';
import { t } from '../i18n/t.ts';
import { noteReach } from '../state/connection.ts';
import { fetchManifest } from '../state/manifest.ts';
import type { Shown } from '../state/problem.ts';
import '../styles/practice.css';
import '../styles/train.css';
import { Pending } from '../ui/pending.tsx';
import { ProblemNotice } from '../ui/problem-notice.tsx';
import { usePageTitle } from '../ui/title.ts';
import { PracticeStage } from './practice/stage.tsx';

export default function PracticePage(): JSX.Element {
  const params = useParams<{ id: string }>();
  const [manifest, setManifest] = createSignal<Manifest | null>(null);
  const [problem, setProblem] = createSignal<Shown | null>(null);
  const [attempt, setAttempt] = createSignal(0);
  createEffect(
    on([() => params.id, attempt], ([id]) => {
      const stop = new AbortController();
      onCleanup(() => stop.abort());
      setManifest(null);
      setProblem(null);
      void fetchManifest(id, stop.signal).then((answer) => {
        if (stop.signal.aborted) return;
        noteReach(answer);
        if (answer.ok) setManifest(answer.value);
        else setProblem(answer.error);
      });
    }),
  );
  return (
    <div class="page">
      <Switch fallback={<Pending>{t('federation.opening')}</Pending>}>
        <Match when={problem()}>{(shown) => <ProblemNotice problem={shown()} retry={() => setAttempt((n) => n + 1)} />}</Match>
        <Match when={manifest()}>{(opened) => <Opened manifest={opened()} />}</Match>
      </Switch>
    </div>
  );
}

function Opened(props: { readonly manifest: Manifest }): JSX.Element {
  const name = () => props.manifest.body.name;
  usePageTitle(() => t('practice.title', { name: name() }));
  return <PracticeStage manifest={props.manifest} title={t('practice.title', { name: name() })} onJoin={`/f/${props.manifest.id}/join`} />;
}
