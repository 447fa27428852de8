/**
 * Practice: a newcomer trains alone with made-up participants in this page, then tries the model. The real peer of this browser is not
 * started and not asked; only the federation's public files are read.
 */
import { A, useParams } from '@solidjs/router';
import { createEffect, createSignal, For, Match, on, onCleanup, Show, Switch, type JSX } from 'solid-js';
import type { Manifest } from '#protocol/manifest';
import { plural, t } from '../i18n/t.ts';
import { noteReach } from '../state/connection.ts';
import { fetchManifest } from '../state/manifest.ts';
import { COMPANY, COMPANY_AT_FIRST, usePractice, type Practice } from '../state/practice.ts';
import type { Shown } from '../state/problem.ts';
import '../styles/practice.css';
import '../styles/train.css';
import { Pending } from '../ui/pending.tsx';
import { ProblemNotice } from '../ui/problem-notice.tsx';
import { usePageTitle } from '../ui/title.ts';
import { isOver } from './practice/sentence.ts';
import { Running } from './practice/running.tsx';

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
      <p class="crumb">
        <A href="/">← {t('federation.all')}</A>
      </p>
      <Switch fallback={<Pending>{t('federation.opening')}</Pending>}>
        <Match when={problem()}>{(shown) => <ProblemNotice problem={shown()} retry={() => setAttempt((n) => n + 1)} />}</Match>
        <Match when={manifest()}>{(opened) => <Opened manifest={opened()} />}</Match>
      </Switch>
    </div>
  );
}

function Opened(props: { readonly manifest: Manifest }): JSX.Element {
  const practice = usePractice();
  const [company, setCompany] = createSignal(COMPANY_AT_FIRST);
  const name = () => props.manifest.body.name;
  usePageTitle(() => t('practice.title', { name: name() }));
  createEffect(on([() => props.manifest, company], ([manifest, beside]) => practice.start(manifest, beside)));
  return (
    <>
      <h1>{t('practice.title', { name: name() })}</h1>
      <p class="practice-banner strong">{t('practice.banner')}</p>
      <p>{t('practice.banner.text')}</p>
      <Controls practice={practice} company={company()} onCompany={setCompany} onAgain={() => practice.start(props.manifest, company())} />
      <Show when={practice.problem()}>
        {(shown) => <ProblemNotice problem={shown()} retry={() => practice.start(props.manifest, company())} />}
      </Show>
      <Show when={practice.problem() === null}>
        <Running practice={practice} federation={props.manifest.id} company={company()} rounds={props.manifest.body.privacy.rounds} />
      </Show>
    </>
  );
}

interface ControlsProps {
  readonly practice: Practice;
  readonly company: number;
  readonly onCompany: (company: number) => void;
  readonly onAgain: () => void;
}

function Controls(props: ControlsProps): JSX.Element {
  const stopped = () => props.practice.state() === 'stopped';
  const over = () => stopped() || isOver(props.practice.snapshots()[0] ?? null);
  return (
    <div class="practice-company">
      <label for="practice-company">{t('practice.company')}</label>
      <div class="actions">
        <select
          id="practice-company"
          aria-describedby="practice-company-again"
          onChange={(event) => props.onCompany(Number(event.currentTarget.value))}
        >
          <For each={COMPANY}>
            {(n) => (
              <option value={n} selected={n === props.company}>
                {n}
              </option>
            )}
          </For>
        </select>
        {/* One button for both, so that the focus stays where it was pressed. */}
        <button type="button" class="button" onClick={() => (over() ? props.onAgain() : props.practice.stop())}>
          {over() ? t('practice.again') : t('practice.stop')}
        </button>
      </div>
      <p class="quiet" id="practice-company-again">
        {t('practice.company.again')}
      </p>
      <div role="status">
        <Show when={props.practice.state() === 'starting'}>
          <p>{plural('practice.starting', props.company)}</p>
        </Show>
        <Show when={stopped() && props.practice.problem() === null}>
          <p>{t('practice.stopped')}</p>
        </Show>
      </div>
    </div>
  );
}
