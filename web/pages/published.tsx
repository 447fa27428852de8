/** A project that was just published: its address to share, and a link to join. It has its own address, so that it survives a reload. */
import { A, useLocation, useParams } from '@solidjs/router';
import { createSignal, Match, onMount, Show, Switch, type JSX } from 'solid-js';
import { t } from '../i18n/t.ts';
import '../styles/create.css';
import { noteReach } from '../state/connection.ts';
import { fetchManifest } from '../state/manifest.ts';
import type { Shown } from '../state/problem.ts';
import { relayAddress } from '../state/relay.ts';
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
  const [problem, setProblem] = createSignal<Shown | null>(null);
  const ask = async () => {
    setProblem(null);
    const answer = await fetchManifest(params.id);
    noteReach(answer);
    if (answer.ok) setProject({ name: answer.value.body.name, waits: false });
    else setProblem(answer.error);
  };
  // A waiting project may have been approved since.
  if (told === null || told.waits) void ask();
  return (
    <div class="page published">
      <Switch fallback={<Pending>{t('create.published.asking')}</Pending>}>
        <Match when={project()}>{(shown) => <Shared id={params.id} {...shown()} />}</Match>
        <Match when={problem()}>{(shown) => <ProblemNotice problem={shown()} retry={() => void ask()} />}</Match>
      </Switch>
    </div>
  );
}

function Shared(props: FreshProject & { readonly id: string }): JSX.Element {
  let heading!: HTMLHeadingElement;
  const title = () => t(props.waits ? 'create.waiting.title' : 'create.published.title', { name: props.name });
  usePageTitle(title);
  // After the frame has moved the focus to the start of a new page.
  onMount(() => queueMicrotask(() => heading.focus()));
  return (
    <>
      <h1 ref={heading} tabindex="-1">
        {title()}
      </h1>
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
