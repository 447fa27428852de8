/**
 * Every part of the page in each of its states, side by side: for developers, in development only. Everything shown is made up and does
 * nothing.
 */
import { For, type JSX } from 'solid-js';
import type { Hash } from '#protocol/codec';
import type { PeerId } from '#protocol/identity';
import type { Activity, Score, Snapshot } from '#workers/api';
import '../styles/home.css';
import '../styles/train.css';
import { ProblemNotice } from '../ui/problem-notice.tsx';
import { ProjectCard, type ProjectLine } from './home/project-card.tsx';
import { Menu } from './stage/menu.tsx';
import { Mesh } from './stage/mesh.tsx';
import { More } from './stage/more.tsx';
import { Participants } from './stage/participants.tsx';
import { Result } from './stage/result.tsx';
import { Strip } from './stage/strip.tsx';
import { stateOf, stripText } from '../words/sentence.ts';

const ID = 'F'.repeat(43) as Hash;
const SCORES: readonly Score[] = [0.1, 0.3, 0.62, 0.8, 0.88, 0.91].map((accuracy, round) => ({ round, accuracy, loss: 2 - accuracy }));
const PEERS = ['a', 'b'].map((peer) => ({ peer: peer as PeerId, path: 'direct' as const, seat: false, relay: false }));
const ACTIVITIES: readonly Activity[] = [
  'connecting',
  'waiting-for-relay',
  'checking',
  'fetching-model',
  'gathering',
  'training',
  'paused',
  'leaving',
  'left',
  'ended',
  'budget-spent',
  'waiting-for-new',
  'finished',
  'failed',
];
const MEMBER = { member: true, over: false, participant: true, mirror: false };
const NODES = ['Blue Heron', 'Quiet Owl', 'Red Finch'].map((name, i) => ({ name, brings: ['0, 1, 2', '3, 4, 5', '6, 7, 8, 9'][i]! }));

const snapshotAt = (activity: Activity): Snapshot => ({
  federation: ID,
  self: 'you' as PeerId,
  activity,
  problem: null,
  round: 5,
  state: ID,
  made: 5,
  lacking: activity === 'waiting-for-new' ? 2 : 0,
  models: 5,
  skips: 0,
  contributed: 5,
  joined: 3,
  needed: 3,
  peers: PEERS,
  scores: SCORES,
  guessing: 0.1,
  rounds: [],
  budget: { epsilon: 1, spent: 0.38, delta: 1e-5, roundsLeft: 20 },
  bytesOut: 0,
  bytesIn: 0,
  outbox: [],
  mirror: false,
  data: null,
});

const line = (change: Partial<ProjectLine>): ProjectLine => ({
  id: ID,
  name: 'Late parcels',
  description: 'Learns which parcels come late.',
  members: 3,
  models: 4,
  rounds: 20,
  unit: 'example',
  ...change,
});

function Group(props: { readonly name: string; readonly children: JSX.Element }): JSX.Element {
  return (
    <section aria-label={props.name}>
      <h2>{props.name}</h2>
      {props.children}
    </section>
  );
}

const PROJECT = { aloneName: 'you alone', answer: 'digit', rounds: 20 };

export default function Components(): JSX.Element {
  return (
    <div class="page">
      <h1>Components</h1>
      <Group name="Buttons">
        <div class="actions">
          <button type="button" class="button primary">
            Next thing
          </button>
          <button type="button" class="button">
            Other thing
          </button>
          <button type="button" class="button" disabled>
            Not now
          </button>
          <button type="button" class="button danger">
            For good
          </button>
          <Menu>
            <button type="button" class="button">
              Seldom
            </button>
          </Menu>
          <Participants list={[...NODES, ...NODES].map(({ name }, i) => ({ name, you: i === 0 }))} />
        </div>
      </Group>
      <Group name="States and strips">
        <For each={ACTIVITIES}>
          {(activity) => (
            <>
              <p class="state-chip" data-tone={stateOf(snapshotAt(activity), MEMBER).tone}>
                {stateOf(snapshotAt(activity), MEMBER).text}
              </p>
              <p>{stripText(snapshotAt(activity), 20, true)}</p>
            </>
          )}
        </For>
        <Strip snapshot={() => snapshotAt('training')} words={(s) => stripText(s, 20, true)} budget={snapshotAt('training').budget} />
      </Group>
      <Group name="Results">
        <Result
          scores={SCORES}
          guessing={0.1}
          alone={0.39}
          {...PROJECT}
          waiting={{ figure: '…', text: 'the first result comes after round 1' }}
        />
        <Result
          scores={[]}
          guessing={null}
          alone={null}
          {...PROJECT}
          waiting={{ figure: '1 of 3', text: 'are here', about: 'Learns which parcels come late.' }}
        />
      </Group>
      <Group name="Picture">
        <div class="stage">
          <For each={[null, 0.1, 0.84]}>{(accuracy) => <Mesh nodes={NODES} accuracy={accuracy} sent={[]} />}</For>
        </div>
      </Group>
      <Group name="Cards">
        <ul class="cards">
          <For each={[line({}), line({ models: 0, members: 0 }), line({ models: 20 }), line({ unit: 'group', members: 1 })]}>
            {(one) => <ProjectCard line={one} />}
          </For>
        </ul>
      </Group>
      <Group name="Problems">
        <ProblemNotice problem={{ code: 'unreachable', detail: {} }} retry={() => {}} />
        <ProblemNotice problem={{ code: 'column-missing', detail: { row: 2, field: 'dose', expected: 'a column', got: 'none' } }} />
      </Group>
      <Group name="Parts">
        <More parts={['Results', 'Privacy'].map((name) => ({ name, content: () => <p>{name}</p> }))} />
      </Group>
    </div>
  );
}
