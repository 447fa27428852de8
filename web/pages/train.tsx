/** A federation at work: what happens now, what it costs, what left this device, and the verbs to stop it. Also for those who watch. */
import { A, useParams } from '@solidjs/router';
import { Show, type Accessor, type JSX } from 'solid-js';
import { roundsOpen } from '#protocol/privacy/statement';
import { groupOf } from '#protocol/task';
import type { Snapshot } from '#workers/api';
import { t } from '../i18n/t.ts';
import { viewFederation, type FederationView, type OpenFederation } from '../state/federation.ts';
import { isActive, usePeer } from '../state/peer.ts';
import '../styles/train.css';
import { FederationGate } from '../ui/federation-gate.tsx';
import { Finished } from '../ui/finished.tsx';
import { count } from '../ui/format.ts';
import { MirrorNotice } from '../ui/mirror-notice.tsx';
import { Pending } from '../ui/pending.tsx';
import { ProblemNotice } from '../ui/problem-notice.tsx';
import { RecordBehind } from '../ui/record-behind.tsx';
import { usePageTitle } from '../ui/title.ts';
import { BudgetPanel } from './train/budget-panel.tsx';
import { BudgetSpent, isSpent } from './train/budget-spent.tsx';
import { Curves } from './train/curves.tsx';
import { DevicePanel } from './train/device-panel.tsx';
import { FederationPanel, TrafficPanel } from './train/figures.tsx';
import { Forget } from './train/forget.tsx';
import { Invite } from './train/invite.tsx';
import { LastRound } from './train/last-round.tsx';
import { LedgerPanel } from './train/ledger-panel.tsx';
import { ModelPanel } from './train/model-panel.tsx';
import { NewPerson } from './train/new-person.tsx';
import { NearLimit } from './train/near-limit.tsx';
import { Now } from './train/now.tsx';
import { Outbox } from './train/outbox.tsx';
import { ReportPanel } from './train/report-panel.tsx';
import { wantsPeople } from './train/sentence.ts';
import { Scores } from './train/scores.tsx';
import { Verbs } from './train/verbs.tsx';
import { Words } from './train/words.tsx';

export default function Train(): JSX.Element {
  const params = useParams<{ id: string }>();
  const view = viewFederation(() => params.id, usePeer());
  return <FederationGate view={view}>{(open) => <Opened open={open} view={view} />}</FederationGate>;
}

function Opened(props: { readonly open: OpenFederation; readonly view: FederationView }): JSX.Element {
  const peer = usePeer();
  const body = () => props.open.manifest.body;
  /** Where the other tab works, when it is not here. */
  const elsewhere = () => (props.view.snapshot() === null ? (peer.snapshot()?.federation ?? null) : null);
  usePageTitle(() => body().name);
  return (
    <>
      <h1>{body().name}</h1>
      <Show when={props.view.mirror()}>
        <MirrorNotice elsewhere={props.view.snapshot() === null} link={elsewhere()} />
      </Show>
      <Show when={!props.view.mirror() && props.view.snapshot() === null}>
        <Pending>{t('activity.connecting')}</Pending>
      </Show>
      <Show when={props.view.snapshot()}>{(snapshot) => <Live open={props.open} snapshot={snapshot} mirror={props.view.mirror()} />}</Show>
    </>
  );
}

interface LiveProps {
  readonly open: OpenFederation;
  readonly snapshot: Accessor<Snapshot>;
  readonly mirror: boolean;
}

function Live(props: LiveProps): JSX.Element {
  const peer = usePeer();
  const manifest = () => props.open.manifest;
  const member = () => peer.joined() === manifest().id;
  const over = () => roundsOpen(manifest().body, props.snapshot().made) === 0;
  /** A mirror cannot know of the consent; rows or a part in a round show that the other tab takes part. */
  const participant = () => member() || props.snapshot().data !== null || props.snapshot().contributed > 0;
  return (
    <>
      <Now snapshot={props.snapshot} />
      <Show when={props.snapshot().problem}>{(problem) => <ProblemNotice problem={problem()} />}</Show>
      <RecordBehind recovered={props.snapshot().recovered} />
      <Show when={participant()}>
        <NearLimit snapshot={props.snapshot()} />
      </Show>
      <Show when={isSpent(props.snapshot())}>
        <BudgetSpent calls={props.open.calls} snapshot={props.snapshot()} privacy={manifest().body.privacy} readOnly={props.mirror} />
      </Show>
      <Show when={props.snapshot().activity === 'finished'}>
        <Finished federation={manifest().id} rounds={manifest().body.privacy.rounds} file="#panel-model" />
      </Show>
      <Show when={!props.mirror && !member() && !over()}>
        <Outside snapshot={props.snapshot()} />
      </Show>
      <Show when={!props.mirror && member() && isActive(props.snapshot()) && wantsPeople(props.snapshot())}>
        <Invite federation={manifest().id} needed={props.snapshot().needed} lacking={props.snapshot().lacking} />
      </Show>
      <Show when={!props.mirror && member() && props.snapshot().activity !== 'left'}>
        <Verbs calls={props.open.calls} activity={props.snapshot().activity} over={!isActive(props.snapshot())} />
      </Show>
      <div class="board">
        <div class="board-main">
          <LastRound snapshot={props.snapshot()} />
          <Scores scores={props.snapshot().scores} testSet={manifest().body.testSet} />
          <Curves snapshot={props.snapshot()} />
        </div>
        <div class="board-side">
          <Show when={participant()}>
            <BudgetPanel
              budget={props.snapshot().budget}
              finished={over()}
              group={groupOf(manifest().body.task)?.column ?? null}
              rounds={props.snapshot().rounds}
            />
          </Show>
          <ReportPanel federation={manifest().id} />
          <FederationPanel snapshot={props.snapshot()} />
          <TrafficPanel snapshot={props.snapshot()} />
          <DataPanel snapshot={props.snapshot()} />
          <Show when={!props.mirror && member()}>
            <DevicePanel calls={props.open.calls} />
          </Show>
          <ModelPanel calls={props.open.calls} federation={manifest().id} state={props.snapshot().state} readOnly={props.mirror} />
          <Show when={!props.mirror}>
            <LedgerPanel calls={props.open.calls} contributed={props.snapshot().contributed} />
          </Show>
          <Words />
          <Show when={!props.mirror && !(member() && isActive(props.snapshot()))}>
            <Forget calls={props.open.calls} />
            <NewPerson calls={props.open.calls} />
          </Show>
        </div>
        <Outbox lines={props.snapshot().outbox} />
      </div>
    </>
  );
}

/** Not a member here: either one who left, or one who only watches. */
function Outside(props: { readonly snapshot: Snapshot }): JSX.Element {
  return (
    <div class="notice">
      <Show when={props.snapshot.activity !== 'left'} fallback={<p>{t('train.left.text')}</p>}>
        <p class="notice-what">{t('train.watching.title')}</p>
        <p>{t('train.watching.text')}</p>
      </Show>
      <A class="button" href={`/f/${props.snapshot.federation}/join`}>
        {t('train.watching.join')}
      </A>
    </div>
  );
}

function DataPanel(props: { readonly snapshot: Snapshot }): JSX.Element {
  return (
    <Show when={props.snapshot.data}>
      {(data) => (
        <section class="panel" aria-labelledby="panel-data">
          <h2 id="panel-data">{t('train.data')}</h2>
          <p>{t('train.data.text', { name: data().name, rows: count(data().rows) })}</p>
          <Show when={data().synthetic}>
            <p class="quiet">{t('train.data.synthetic')}</p>
          </Show>
        </section>
      )}
    </Show>
  );
}
