/**
 * The first view: what this is, a demo, and the projects of this relay. The demo loads nothing before it starts; its picture is still
 * until then.
 */
import { A } from '@solidjs/router';
import { createSignal, Index, Match, onCleanup, onMount, Show, Switch, type JSX } from 'solid-js';
import type { FederationLine } from '#protocol/rest';
import { t } from '../i18n/t.ts';
import { noteReach } from '../state/connection.ts';
import type { Shown } from '../state/problem.ts';
import { fetchFederations } from '../state/relay.ts';
import '../styles/home.css';
import { Pending } from '../ui/pending.tsx';
import { ProblemNotice } from '../ui/problem-notice.tsx';
import { usePageTitle } from '../ui/title.ts';
import { JoinLink } from './home/join-link.tsx';
import { ProjectCard } from './home/project-card.tsx';
import { Mesh } from './stage/mesh.tsx';

/** Presence changes by the minute; a hidden tab does not poll. */
const REFRESH_MS = 20_000;
/** Participants in the picture before the demo runs. */
const STILL = [0, 1, 2].map(() => ({ name: '', brings: '' }));

export default function Home(): JSX.Element {
  usePageTitle(() => t('home.title'));
  const [list, setList] = createSignal<readonly FederationLine[] | null>(null);
  const [problem, setProblem] = createSignal<Shown | null>(null);
  const stop = new AbortController();
  const load = async () => {
    const answer = await fetchFederations(stop.signal);
    if (stop.signal.aborted) return;
    noteReach(answer);
    setProblem(answer.ok ? null : answer.error);
    if (answer.ok) setList(answer.value);
  };
  const refresh = () => {
    if (!document.hidden) void load();
  };
  onMount(() => {
    void load();
    const timer = setInterval(refresh, REFRESH_MS);
    document.addEventListener('visibilitychange', refresh, { signal: stop.signal });
    onCleanup(() => {
      clearInterval(timer);
      stop.abort();
    });
  });
  return (
    <div class="page home">
      <Show when={list() === null && problem()}>{(shown) => <ProblemNotice problem={shown()} retry={() => void load()} />}</Show>
      <Hero demo={list() === null || list()!.some((line) => line.demo)} />
      <section class="projects" id="projects" aria-labelledby="home-projects">
        <h2 id="home-projects">{t('home.projects')}</h2>
        <Show when={list() !== null && problem()}>{(shown) => <ProblemNotice problem={shown()} retry={() => void load()} />}</Show>
        <Switch>
          <Match when={list() === null && problem() === null}>
            <Pending>{t('home.loading')}</Pending>
          </Match>
          <Match when={list()?.length === 0}>
            <p>{t('home.empty')}</p>
          </Match>
          <Match when={list()}>
            {(lines) => (
              <ul class="cards" aria-label={t('home.projects')}>
                <Index each={lines()}>{(line) => <ProjectCard line={line()} />}</Index>
              </ul>
            )}
          </Match>
        </Switch>
      </section>
    </div>
  );
}

function Hero(props: { readonly demo: boolean }): JSX.Element {
  return (
    <section class="hero">
      <div class="hero-words">
        <h1>
          {t('home.promise.together')} <br />
          {t('home.promise.stays')}
        </h1>
        <p class="lead">{t('home.lead')}</p>
        <Show when={props.demo}>
          <A class="button primary large" href="/demo">
            {t('home.demo')}
          </A>
        </Show>
        <div class="hero-ways">
          <A class="button" classList={{ primary: !props.demo }} href="/new">
            {t('home.create')}
          </A>
          <JoinLink />
        </div>
      </div>
      <Mesh nodes={STILL} accuracy={null} sent={[]} />
    </section>
  );
}
