/** The first view: the federations of this relay, and the states of not having any. */
import { A } from '@solidjs/router';
import { createSignal, Index, Match, onCleanup, onMount, Show, Switch, type JSX } from 'solid-js';
import { plural, t } from '../i18n/t.ts';
import { noteReach } from '../state/connection.ts';
import type { Shown } from '../state/problem.ts';
import { fetchFederations, type FederationLine } from '../state/relay.ts';
import { Fact } from '../ui/facts.tsx';
import { quantity } from '../ui/format.ts';
import { Pending } from '../ui/pending.tsx';
import { ProblemNotice } from '../ui/problem-notice.tsx';
import { usePageTitle } from '../ui/title.ts';

/** Who is there changes by the minute; a hidden tab asks nothing. */
const REFRESH_MS = 20_000;

export default function Federations(): JSX.Element {
  usePageTitle(() => t('federations.title'));
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
    <div class="page">
      <h1>{t('federations.title')}</h1>
      <p class="lead">{t('federations.lead')}</p>
      <div class="actions">
        <A class="button" href="/new">
          {t('create.link')}
        </A>
      </div>
      <Show when={problem()}>{(shown) => <ProblemNotice problem={shown()} retry={() => void load()} />}</Show>
      <Switch>
        <Match when={list() === null && problem() === null}>
          <Pending>{t('federations.loading')}</Pending>
        </Match>
        <Match when={list()?.length === 0}>
          <div class="notice">
            <p class="notice-what">{t('federations.empty.title')}</p>
            <p>{t('federations.empty.text')}</p>
          </div>
        </Match>
        <Match when={list()}>
          {(lines) => (
            <ul class="ledger" aria-label={t('federations.list')}>
              <Index each={lines()}>{(line) => <Line line={line()} />}</Index>
            </ul>
          )}
        </Match>
      </Switch>
    </div>
  );
}

function Line(props: { readonly line: FederationLine }): JSX.Element {
  const unit = () => {
    const { unit: of } = props.line;
    return of === 'example' || of === 'group' ? t(`federations.unit.${of}`) : (of ?? t('federations.unknown'));
  };
  const finished = () => props.line.models !== null && props.line.rounds !== null && props.line.models >= props.line.rounds;
  const round = () => (finished() ? t('federations.round.finished', { rounds: props.line.rounds! }) : roundNow());
  const roundNow = () => (props.line.round === 0 ? t('federations.round.none') : (props.line.round ?? t('federations.unknown')));
  const people = () => (props.line.people === null ? t('federations.unknown') : plural('federations.people', props.line.people));
  const budget = () =>
    props.line.epsilon === null ? t('federations.unknown') : t('federations.budget', { epsilon: quantity(props.line.epsilon) });
  return (
    <li class="ledger-line">
      <div class="ledger-text">
        <h2>{props.line.name}</h2>
        <p>{props.line.description}</p>
      </div>
      <dl class="facts">
        <Fact name={t('federations.people.label')}>{people()}</Fact>
        <Fact name={t('federations.round.label')}>{round()}</Fact>
        <Fact name={t('federations.unit.label')}>{unit()}</Fact>
        <Fact name={t('federations.budget.label')}>{budget()}</Fact>
      </dl>
      <div class="actions">
        <Show
          when={!finished()}
          fallback={
            <A class="button primary" href={`/f/${props.line.id}/try`} aria-label={t('federations.tryNamed', { name: props.line.name })}>
              {t('federations.try')}
            </A>
          }
        >
          <A class="button primary" href={`/f/${props.line.id}/join`} aria-label={t('federations.openNamed', { name: props.line.name })}>
            {t('federations.open')}
          </A>
        </Show>
        <A class="button" href={`/f/${props.line.id}`} aria-label={t('federations.watchNamed', { name: props.line.name })}>
          {t('federations.watch')}
        </A>
        <A class="button" href={`/f/${props.line.id}/practice`} aria-label={t('practice.practiseNamed', { name: props.line.name })}>
          {t('practice.practise')}
        </A>
      </div>
    </li>
  );
}
