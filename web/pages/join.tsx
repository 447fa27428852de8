/** Joining a federation in three steps: data, budget, consent. Nothing leaves the device before the button of the third. */
import { useNavigate, useParams } from '@solidjs/router';
import { createEffect, createSignal, Show, type JSX } from 'solid-js';
import { roundsOpen } from '#protocol/privacy/ledger/statement';
import type { BudgetOffer, DataReport, Snapshot } from '#workers/api';
import { t } from '../i18n/t.ts';
import { viewFederation, type OpenFederation } from '../state/federation.ts';
import { hasModel, usePeer } from '../state/peer.ts';
import '../styles/check.css';
import '../styles/join.css';
import '../styles/ledger.css';
import { FederationGate } from '../ui/federation-gate.tsx';
import { Ended, Finished } from '../ui/finished.tsx';
import { count } from '../words/format.ts';
import { RecordBehind } from '../ui/record-behind.tsx';
import { MirrorNotice } from '../ui/mirror-notice.tsx';
import { usePageTitle } from '../ui/title.ts';
import { BudgetStep } from './join/budget-step.tsx';
import { ConsentStep } from './join/consent-step.tsx';
import { DataStep } from './join/data-step.tsx';
import { Others } from './join/others.tsx';

export default function Join(): JSX.Element {
  const params = useParams<{ id: string }>();
  const navigate = useNavigate();
  const peer = usePeer();
  const view = viewFederation(() => params.id, peer);
  // Consent was given: the rest happens on the training page.
  createEffect(() => {
    if (view.state().at === 'open' && peer.joined() === params.id) navigate(`/f/${params.id}`, { replace: true });
  });
  return (
    <FederationGate view={view}>
      {(open) => (
        <Show when={view.snapshot()?.activity !== 'ended'} fallback={<Withdrawn open={open} snapshot={view.snapshot()!} />}>
          <Head open={open} snapshot={view.snapshot()} others={!view.mirror() && view.snapshot()?.activity !== 'finished'} />
          <Show when={!view.mirror()} fallback={<Mirrored here={view.snapshot() !== null} />}>
            <Show when={view.snapshot()?.activity !== 'finished'} fallback={<Over open={open} />}>
              <Show when={open.barred === null}>
                <Steps open={open} />
              </Show>
            </Show>
          </Show>
        </Show>
      )}
    </FederationGate>
  );
}

function Mirrored(props: { readonly here: boolean }): JSX.Element {
  const peer = usePeer();
  return <MirrorNotice elsewhere={!props.here} link={peer.snapshot()?.federation ?? null} />;
}

function Over(props: { readonly open: OpenFederation }): JSX.Element {
  const { id, body } = props.open.manifest;
  return <Finished federation={id} rounds={body.privacy.rounds} file={`/f/${id}`} />;
}

function Withdrawn(props: { readonly open: OpenFederation; readonly snapshot: Snapshot }): JSX.Element {
  const { id, body } = props.open.manifest;
  usePageTitle(() => body.name);
  return (
    <>
      <h1>{body.name}</h1>
      <p class="lead">{body.description}</p>
      <Ended federation={id} hasModel={hasModel(props.snapshot)} />
    </>
  );
}

interface HeadProps {
  readonly open: OpenFederation;
  readonly snapshot: Snapshot | null;
  /** Joining is possible now, so it matters who else is there. */
  readonly others: boolean;
}

function Head(props: HeadProps): JSX.Element {
  const body = () => props.open.manifest.body;
  const rounds = () => {
    const { privacy, rounds: of } = body();
    const values = { rounds: count(privacy.rounds), needed: of.minContributors };
    const left = roundsOpen(body(), props.snapshot?.made ?? 0);
    return left < privacy.rounds ? t('join.task.left', { ...values, left: count(left) }) : t('join.task.rounds', values);
  };
  usePageTitle(() => t('join.title', { name: body().name }));
  return (
    <>
      <h1>{t('join.title', { name: body().name })}</h1>
      <p class="lead">{body().description}</p>
      <div class="join-facts">
        <p>{rounds()}</p>
        <Show when={props.others ? props.snapshot : null}>{(snapshot) => <Others snapshot={snapshot()} />}</Show>
      </div>
    </>
  );
}

function Steps(props: { readonly open: OpenFederation }): JSX.Element {
  const peer = usePeer();
  const [data, setData] = createSignal<DataReport | null>(null);
  const [offer, setOffer] = createSignal<BudgetOffer | null>(null);
  const payable = () => {
    const found = offer();
    return data() !== null && found !== null && found.rounds > 0 ? found : null;
  };
  return (
    <div class="steps">
      <RecordBehind recovered={peer.snapshot()?.federation === props.open.manifest.id ? peer.snapshot()?.recovered : undefined} />
      <DataStep open={props.open} report={data()} spent={offer()?.spent ?? 0} onReport={setData} />
      <BudgetStep open={props.open} data={data()} offer={offer()} onOffer={setOffer} />
      <ConsentStep open={props.open} offer={payable()} onJoined={() => peer.markJoined(props.open.manifest.id)} />
    </div>
  );
}
