/** The federation's model, to try on this device: the last one stored here, even without the relay. */
import { A, useParams } from '@solidjs/router';
import { createEffect, createMemo, createSignal, on, Show, type JSX } from 'solid-js';
import { t } from '../i18n/t.ts';
import { viewFederation, type FederationView, type OpenFederation } from '../state/federation.ts';
import { usePeer } from '../state/peer.ts';
import { failed, type Shown } from '../state/problem.ts';
import { FederationGate } from '../ui/federation-gate.tsx';
import { count } from '../words/format.ts';
import { ProblemNotice } from '../ui/problem-notice.tsx';
import { usePageTitle } from '../ui/title.ts';
import { TryModel, type ModelFile } from './try/try-model.tsx';

export default function Try(): JSX.Element {
  const params = useParams<{ id: string }>();
  const view = viewFederation(() => params.id, usePeer());
  return <FederationGate view={view}>{(open) => <Opened open={open} view={view} />}</FederationGate>;
}

function Opened(props: { readonly open: OpenFederation; readonly view: FederationView }): JSX.Element {
  const manifest = () => props.open.manifest;
  /** Undefined until the peer has answered once; null if no state is on this device yet. */
  const [model, setModel] = createSignal<ModelFile | null | undefined>();
  const [problem, setProblem] = createSignal<Shown | null>(null);
  const [round, setRound] = createSignal(0);
  const [tried, setTried] = createSignal(false);
  const [file, setFile] = createSignal(false);
  /** Compared by value: snapshots come several times a second, mostly with the same state. */
  const state = createMemo(() => props.view.snapshot()?.state ?? null);
  const latest = () => (props.view.snapshot()?.state == null ? 0 : props.view.snapshot()!.round);
  const newer = () => tried() && !file() && latest() > round();
  usePageTitle(() => t('try.title', { name: manifest().body.name }));

  let loading = false;
  const load = async () => {
    if (loading) return;
    loading = true;
    const answer = await props.open.calls.download().catch(failed);
    loading = false;
    const none = !answer.ok && answer.error.code === 'not-found';
    setProblem(answer.ok || none ? null : answer.error);
    if (answer.ok) setModel(answer.value);
    else if (none) setModel(null);
    setTried(false);
  };
  // A model that somebody has tried stays until they request the newer one: an answer must not change while being read.
  createEffect(
    on([state, () => props.view.mirror()], ([, mirror]) => {
      if (!mirror && !tried()) void load();
    }),
  );
  return (
    <>
      <h1>{t('try.title', { name: manifest().body.name })}</h1>
      <p class="lead">{t('try.lead')}</p>
      <p class="crumb">
        <A href={`/f/${manifest().id}`}>{t('try.back')}</A>
      </p>
      <Show when={!props.view.mirror()} fallback={<p class="notice">{t('try.mirror')}</p>}>
        <div role="status">
          <Show when={newer()}>
            <p>{t('try.newer', { round: count(latest()), old: count(round()) })}</p>
          </Show>
        </div>
        <Show when={newer()}>
          <div class="actions">
            <button type="button" class="button" onClick={() => void load()}>
              {t('try.newer.use')}
            </button>
          </div>
        </Show>
        <Show when={problem()}>{(shown) => <ProblemNotice problem={shown()} retry={() => void load()} />}</Show>
        <Show when={model() !== undefined}>
          <TryModel
            federation={manifest().id}
            manifest={manifest().body}
            model={model() ?? null}
            ended={props.view.snapshot()?.activity === 'ended'}
            onTried={() => setTried(true)}
            onOpened={setRound}
            onFile={setFile}
          />
        </Show>
      </Show>
    </>
  );
}
