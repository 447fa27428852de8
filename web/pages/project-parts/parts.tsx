/** The parts behind a project's screen, one at a time: results, privacy, participants, details. */
import { Show, type JSX } from 'solid-js';
import { groupOf } from '#protocol/manifest/task';
import type { Snapshot } from '#workers/api';
import { t } from '../../i18n/t.ts';
import type { OpenFederation } from '../../state/federation.ts';
import { isActive } from '../../state/peer.ts';
import { count } from '../../words/format.ts';
import type { Part } from '../stage/more.tsx';
import { BudgetPanel } from './budget-panel.tsx';
import { BudgetSpent, isSpent } from './budget-spent.tsx';
import { Curves } from '../stage/curves.tsx';
import { DevicePanel } from './device-panel.tsx';
import { FederationPanel, TrafficPanel } from './figures.tsx';
import { EndProject } from './end-project.tsx';
import { Forget } from './forget.tsx';
import { LastRound } from './last-round.tsx';
import { LedgerPanel } from './ledger-panel.tsx';
import { ModelPanel } from './model-panel.tsx';
import { NewPerson } from './new-person.tsx';
import { Outbox } from './outbox.tsx';
import { ReportPanel } from './report-panel.tsx';
import type { Role } from '../../words/role.ts';
import { Scores } from './scores.tsx';
import { Words } from './words.tsx';

export interface Behind {
  readonly open: OpenFederation;
  readonly snapshot: Snapshot;
  readonly role: Role;
}

/**
 * @param behind read again by each part, since snapshots come several times a second
 * @param bare the project ended without a model here: no results and no participants
 */
export function partsOf(behind: () => Behind, bare: boolean): readonly Part[] {
  const results = { name: t('stage.more.results'), content: () => <Results {...live(behind)} /> };
  const participants = { name: t('stage.more.participants'), content: () => <FederationPanel snapshot={behind().snapshot} /> };
  return [
    ...(bare ? [] : [results]),
    { name: t('stage.more.privacy'), content: () => <Privacy {...live(behind)} /> },
    ...(bare ? [] : [participants]),
    { name: t('stage.more.details'), content: () => <Details {...live(behind)} /> },
  ];
}

/** Getters, so that a part follows the snapshots without being re-created. */
function live(behind: () => Behind): Behind {
  return {
    get open() {
      return behind().open;
    },
    get snapshot() {
      return behind().snapshot;
    },
    get role() {
      return behind().role;
    },
  };
}

function Results(props: Behind): JSX.Element {
  const { id, body } = props.open.manifest;
  return (
    <div class="board">
      <div class="board-main">
        <LastRound snapshot={props.snapshot} />
        <Curves snapshot={props.snapshot} />
      </div>
      <div class="board-side">
        <Scores scores={props.snapshot.scores} guessing={props.snapshot.guessing} testSet={body.testSet} />
        <ModelPanel federation={id} state={props.snapshot.state} readOnly={props.role.mirror} />
      </div>
    </div>
  );
}

function Privacy(props: Behind): JSX.Element {
  const { id, body } = props.open.manifest;
  return (
    <div class="board">
      <div class="board-main">
        <Show when={isSpent(props.snapshot)}>
          <BudgetSpent calls={props.open.calls} snapshot={props.snapshot} privacy={body.privacy} readOnly={props.role.mirror} />
        </Show>
        <Show when={props.role.participant}>
          <BudgetPanel
            budget={props.snapshot.budget}
            finished={props.role.over}
            group={groupOf(body.task)?.column ?? null}
            rounds={props.snapshot.rounds}
          />
        </Show>
        <Outbox lines={props.snapshot.outbox} />
      </div>
      <div class="board-side">
        <ReportPanel federation={id} />
        <Show when={!props.role.mirror}>
          <LedgerPanel calls={props.open.calls} contributed={props.snapshot.contributed} />
        </Show>
      </div>
    </div>
  );
}

function Details(props: Behind): JSX.Element {
  return (
    <div class="board">
      <div class="board-main">
        <TrafficPanel snapshot={props.snapshot} />
        <DataPanel snapshot={props.snapshot} />
        <Words />
      </div>
      <div class="board-side">
        <Show when={props.role.member}>
          <DevicePanel calls={props.open.calls} />
        </Show>
        <Show when={!props.role.mirror && props.snapshot.isSteward === true}>
          <EndProject calls={props.open.calls} />
        </Show>
        <Show when={!props.role.mirror && !(props.role.member && isActive(props.snapshot))}>
          <Forget calls={props.open.calls} />
          <NewPerson calls={props.open.calls} />
        </Show>
      </div>
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
