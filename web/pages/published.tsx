/** A project that was just published: its address to share, and a link to join. It has its own address, so that it survives a reload. */
import { A, useLocation, useParams } from '@solidjs/router';
import { createSignal, Match, onMount, Show, Switch, type JSX } from 'solid-js';
import type { Manifest } from '#protocol/manifest/manifest';
import { t } from '../i18n/t.ts';
import '../styles/create.css';
import { noteReach } from '../state/connection.ts';
import { fetchManifest } from '../state/manifest.ts';
import type { Shown } from '../state/problem.ts';
import { relayAddress } from '../state/relay.ts';
import { hasEnded } from '../state/withdrawal.ts';
import { Ended } from '../ui/finished.tsx';
import { Pending } from '../ui/pending.tsx';
import { ProblemNotice } from '../ui/problem-notice.tsx';
import { ShareLink } from '../ui/share-link.tsx';
import { usePageTitle } from '../ui/title.ts';

/** Passed by the publishing page; the browser keeps it with the address. */
export interface FreshProject {
  readonly name: string;
  /** The relay's host must approve it first. */
  readonly waits: boolean;
}

export default function PublishedPage(): JSX.Element {
  const params = useParams<{ id: string }>();
  const fresh = useLocation<Partial<FreshProject>>().state;
  const told: FreshProject | null = typeof fresh?.name === 'string' ? { name: fresh.name, waits: fresh.waits === true } : null;
  const [project, setProject] = createSignal(told);
  const [ended, setEnded] = createSignal<Manifest | null>(null);
  const [problem, setProblem] = createSignal<Shown | null>(null);
  const ask = async () => {
    setProblem(null);
    const answer = await fetchManifest(params.id);
    noteReach(answer);
    if (!answer.ok) return void setProblem(answer.error);
    if (await hasEnded(answer.value)) setEnded(answer.value);
    else setProject({ name: answer.value.body.name, waits: false });
  };
  // A project that the browser remembers may have been approved or ended since.
  void ask();
  return (
    <div class="page published">
      <Switch fallback={<Pending>{t('create.published.asking')}</Pending>}>
        <Match when={ended()}>{(over) => <Over {...over()} />}</Match>
        <Match when={project()}>{(shown) => <Shared id={params.id} {...shown()} />}</Match>
        <Match when={problem()}>{(shown) => <ProblemNotice problem={shown()} retry={() => void ask()} />}</Match>
      </Switch>
    </div>
  );
}

function Heading(props: { readonly title: string }): JSX.Element {
  let heading!: HTMLHeadingElement;
  usePageTitle(() => props.title);
  // After the frame has moved the focus to the start of a new page.
  onMount(() => queueMicrotask(() => heading.focus()));
  return (
    <h1 ref={heading} tabindex="-1">
      {props.title}
    </h1>
  );
}

function Over(props: Pick<Manifest, 'id' | 'body'>): JSX.Element {
  return (
    <>
      <Heading title={props.body.name} />
      <Ended federation={props.id} hasModel={false} />
    </>
  );
}

function Shared(props: FreshProject & { readonly id: string }): JSX.Element {
  return (
    <>
      <Heading title={t(props.waits ? 'create.waiting.title' : 'create.published.title', { name: props.name })} />
      <p class="lead">{t(props.waits ? 'create.waiting.lead' : 'create.published.lead')}</p>
      <ShareLink url={`${relayAddress()}f/${props.id}/join`} />
      <Show when={!props.waits}>
        <div class="actions">
          <A class="button primary" href={`/f/${props.id}/join`}>
            {t('create.published.join')}
          </A>
          <A class="button" href={`/f/${props.id}`}>
            {t('create.published.watch')}
          </A>
        </div>
      </Show>
      <p class="quiet">{t('create.published.key')}</p>
    </>
  );
}
