/** A project on its one screen, for waiting, training, finished and watching: the result, a try, how far it is, and one next thing to do. */
import { useParams } from '@solidjs/router';
import { createEffect, createMemo, Show, type Accessor, type JSX } from 'solid-js';
import { roundsOpen } from '#protocol/privacy/ledger/statement';
import type { Snapshot } from '#workers/api';
import { t } from '../i18n/t.ts';
import { viewFederation, type FederationView, type OpenFederation } from '../state/federation.ts';
import { hasModel, isActive, usePeer } from '../state/peer.ts';
import { noteTakenPart } from '../state/taken-part.ts';
import '../styles/train.css';
import { FederationGate } from '../ui/federation-gate.tsx';
import { MirrorNotice } from '../ui/mirror-notice.tsx';
import { Pending } from '../ui/pending.tsx';
import { ProblemNotice } from '../ui/problem-notice.tsx';
import { RecordBehind } from '../ui/record-behind.tsx';
import { usePageTitle } from '../ui/title.ts';
import { isSpent } from './project-parts/budget-spent.tsx';
import { partsOf } from './project-parts/parts.tsx';
import { LiveTry } from './stage/live-try.tsx';
import { More } from './stage/more.tsx';
import { Result } from './stage/result.tsx';
import { Strip } from './stage/strip.tsx';
import { Zones } from './stage/zones.tsx';
import { watchAlone } from './train/alone.ts';
import { Bar } from './train/bar.tsx';
import { Invite } from './train/invite.tsx';
import { NearLimit } from './train/near-limit.tsx';
import { isAway, stripText, waitingFor, wantsPeople } from '../words/sentence.ts';

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
    <Show
      when={props.view.snapshot()}
      fallback={
        <>
          <h1>{body().name}</h1>
          <Show when={props.view.mirror()} fallback={<Pending>{t('activity.connecting')}</Pending>}>
            <MirrorNotice elsewhere={true} link={elsewhere()} />
          </Show>
        </>
      }
    >
      {(snapshot) => <Live open={props.open} snapshot={snapshot} mirror={props.view.mirror()} />}
    </Show>
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
  const body = () => manifest().body;
  const member = () => !props.mirror && peer.joined() === manifest().id && props.snapshot().activity !== 'left' && !ended();
  const ended = () => props.snapshot().activity === 'ended';
  /** It has ended, and left nothing to show: no figure, no curve, no try. */
  const bare = createMemo(() => ended() && !hasModel(props.snapshot()));
  const over = () => ended() || roundsOpen(body(), props.snapshot().made) === 0;
  /** A mirror does not know about consent; rows or a part in a round show that the other tab takes part. */
  const participant = () => member() || props.snapshot().data !== null || props.snapshot().contributed > 0;
  /** Not while the relay is away: then nobody knows who is missing. */
  const invites = () => member() && isActive(props.snapshot()) && !isAway(props.snapshot()) && wantsPeople(props.snapshot());
  /** The participants present have spent their allowance: only others can continue. */
  const spentTogether = () => member() && isSpent(props.snapshot()) && props.snapshot().lacking > 0;
  const [alone, modelHere] = watchAlone(() => ({ body: body(), data: props.snapshot().data }));
  createEffect(() => {
    if (member() && isActive(props.snapshot())) noteTakenPart(manifest().id, body().name);
  });
  const role = () => ({ member: member(), over: over(), participant: participant(), mirror: props.mirror });
  return (
    <Zones
      bar={<Bar open={props.open} snapshot={props.snapshot} role={role()} inviting={invites() || spentTogether()} />}
      notices={
        <>
          <Show when={props.mirror}>
            <MirrorNotice elsewhere={false} link={null} />
          </Show>
          <Show when={props.snapshot().problem}>{(problem) => <ProblemNotice problem={problem()} />}</Show>
          <RecordBehind recovered={props.snapshot().recovered} />
          <Show when={participant()}>
            <NearLimit snapshot={props.snapshot()} />
          </Show>
        </>
      }
      result={
        <Show when={!bare()} fallback={<p class="lead">{body().description}</p>}>
          <Result
            scores={body().testSet === null ? [] : props.snapshot().scores}
            guessing={props.snapshot().guessing}
            alone={alone()}
            aloneName={t('stage.alone.you')}
            answer={body().task.label.name}
            rounds={body().privacy.rounds}
            waiting={{ ...waitingFor(props.snapshot(), body().testSet !== null), about: body().description }}
          />
        </Show>
      }
      beside={
        <Show
          when={invites() && props.snapshot().made === 0}
          fallback={
            <Show when={!bare()}>
              <LiveTry
                federation={manifest().id}
                manifest={body()}
                state={props.mirror || !hasModel(props.snapshot()) ? null : props.snapshot().state}
                download={() => props.open.calls.download()}
                page={`/f/${manifest().id}/try`}
                mirror={props.mirror}
                onOpened={modelHere}
              />
            </Show>
          }
        >
          <Invite federation={manifest().id} needed={props.snapshot().needed} lacking={props.snapshot().lacking} />
        </Show>
      }
      strip={
        <Strip
          snapshot={props.snapshot}
          words={(snapshot) => stripText(snapshot, body().privacy.rounds, participant())}
          budget={participant() ? props.snapshot().budget : undefined}
        />
      }
      more={<More parts={partsOf(() => ({ open: props.open, snapshot: props.snapshot(), role: role() }), bare())} />}
    />
  );
}
