/**
 * A practice on a project's screen: made-up participants train in this page, the picture shows their real messages, and the newest model
 * can be tried at any time. Its threads end with the screen.
 */
import { createEffect, createMemo, createSignal, on, Show, type Accessor, type JSX } from 'solid-js';
import type { Manifest } from '#protocol/manifest/manifest';
import { classesOf } from '#protocol/manifest/task';
import type { Snapshot } from '#workers/api';
import { plural, t } from '../../i18n/t.ts';
import { COMPANY_AT_FIRST, usePractice, type Practice } from '../../state/practice/practice.ts';
import { birdName } from '../../ui/bird-name.ts';
import { count } from '../../words/format.ts';
import { Pending } from '../../ui/pending.tsx';
import { ProblemNotice } from '../../ui/problem-notice.tsx';
import { LiveTry } from '../stage/live-try.tsx';
import { Mesh } from '../stage/mesh.tsx';
import { watchMessages, type Sent } from '../stage/messages.ts';
import { More } from '../stage/more.tsx';
import { newestScore, Result, type ResultProps } from '../stage/result.tsx';
import { Strip } from '../stage/strip.tsx';
import { Zones } from '../stage/zones.tsx';
import { roundLine, waitingFor } from '../../words/sentence.ts';
import { PracticeBar } from './bar.tsx';
import { bringsOf } from './brings.ts';
import { Company } from './company.tsx';
import { People, Said } from './people.tsx';
import { isOver, practiceSentence } from './sentence.ts';

export interface PracticeStageProps {
  readonly manifest: Manifest;
  /** The name in the bar: the demo's, or the project's. */
  readonly title: string;
  /** Where the reader's own rows can take part; null in the demo. */
  readonly onJoin: string | null;
}

export function PracticeStage(props: PracticeStageProps): JSX.Element {
  const practice = usePractice();
  const [company, setCompany] = createSignal(COMPANY_AT_FIRST);
  const [sent, setSent] = createSignal<readonly Sent[]>([]);
  const rounds = () => props.manifest.body.privacy.rounds;
  const own = (): Snapshot | null => practice.snapshots()[0] ?? null;
  const over = () => practice.state() === 'stopped' || isOver(own());
  const again = () => practice.start(props.manifest, company());
  createEffect(on([() => props.manifest, company], again));
  createEffect(
    on(practice.founded, (founded) => {
      const watch = founded === null ? null : watchMessages(founded.members);
      createEffect(() => setSent(watch?.look(practice.snapshots()) ?? []));
    }),
  );
  const classes = () => classesOf(props.manifest.body.task);
  const nodes = createMemo(() =>
    practice.snapshots().map((snapshot, i) => ({ name: nameOf(practice.founded()?.members[i], i), brings: bringsOf(snapshot, classes()) })),
  );
  /** For numbers there is no share of correct answers, so the ring stays empty. */
  const accuracy = () => {
    const newest = newestScore(own()?.scores ?? []);
    return newest !== null && 'accuracy' in newest ? newest.accuracy : null;
  };
  const alone = createMemo(() => bestOf(practice.alone(), classes().length > 0));
  const stopped = () => practice.state() === 'stopped';
  const words = (snapshot: Snapshot) =>
    stopped() ? t('practice.stopped', { made: count(snapshot.made) }) : practiceStrip(snapshot, rounds(), company() + 1);
  const starting = () => (stopped() ? t('practice.stopped', { made: '0' }) : plural('practice.starting', company()));
  return (
    <Zones
      bar={
        <PracticeBar
          practice={practice}
          title={props.title}
          nodes={nodes()}
          over={over()}
          made={practice.state() === 'running' && (own()?.models ?? 0) > 0}
          onAgain={again}
          onJoin={props.onJoin}
        />
      }
      notices={<Show when={practice.problem()}>{(shown) => <ProblemNotice problem={shown()} retry={again} />}</Show>}
      result={
        <Result
          scores={own()?.scores ?? []}
          guessing={own()?.guessing ?? null}
          alone={alone()}
          aloneName={t('stage.alone.best')}
          answer={practice.founded()?.body.task.label.name ?? ''}
          rounds={rounds()}
          waiting={inPlaceOfScore(own(), stopped(), practice.founded()?.body.testSet != null, starting())}
        />
      }
      beside={
        <>
          <Mesh nodes={nodes()} accuracy={accuracy()} sent={sent()} />
          <Show when={practice.founded()}>
            {(founded) => (
              <LiveTry
                federation={founded().federation}
                manifest={founded().body}
                state={(own()?.models ?? 0) > 0 ? (own()?.state ?? null) : null}
                download={() => practice.download()}
                page={null}
              />
            )}
          </Show>
        </>
      }
      strip={
        <Show when={own()} fallback={<Pending>{starting()}</Pending>}>
          {(snapshot) => <Strip snapshot={snapshot as Accessor<Snapshot>} words={words} />}
        </Show>
      }
      more={
        <Behind practice={practice} names={nodes().map(({ name }) => name)} rounds={rounds()} company={company()} onCompany={setCompany} />
      }
    />
  );
}

interface BehindProps {
  readonly practice: Practice;
  readonly names: readonly string[];
  readonly rounds: number;
  readonly company: number;
  readonly onCompany: (company: number) => void;
}

function Behind(props: BehindProps): JSX.Element {
  const own = () => props.practice.snapshots()[0] ?? null;
  const participants = () => (
    <>
      <People snapshots={props.practice.snapshots()} names={props.names} />
      <Company company={props.company} onCompany={props.onCompany} />
    </>
  );
  const details = () => (
    <>
      <p>{t('practice.banner.text')}</p>
      <p>{t('practice.same.text')}</p>
      <Show when={own()}>{(snapshot) => <Said snapshot={snapshot()} rounds={props.rounds} />}</Show>
    </>
  );
  return (
    <More
      parts={[
        { name: t('stage.more.participants'), content: participants },
        { name: t('stage.more.details'), content: details },
      ]}
    />
  );
}

const nameOf = (id: string | undefined, i: number): string =>
  id === undefined ? t('practice.people.company', { n: i + 1 }) : birdName(id);

/** The best of all participants alone; unknown until all are known, since the best of a few would be too weak a baseline. */
const bestOf = (alone: readonly (number | null)[], moreIsBetter: boolean): number | null =>
  alone.length === 0 || alone.includes(null) ? null : Math[moreIsBetter ? 'max' : 'min'](...(alone as readonly number[]));

/** Shown instead of a score: it starts, has stopped, or there is no score. */
function inPlaceOfScore(own: Snapshot | null, stopped: boolean, scored: boolean, starting: string): ResultProps['waiting'] {
  return own === null || own.made === 0 || stopped ? { figure: '…', text: starting } : waitingFor(own, scored);
}

/** "Round 12 of 20 · 3 practice participants · about 8 seconds left"; a sentence between rounds. */
function practiceStrip(snapshot: Snapshot, rounds: number, members: number): string {
  if (isOver(snapshot) || snapshot.activity === 'failed' || snapshot.made === 0) return practiceSentence(snapshot, rounds);
  return roundLine(snapshot, rounds, rounds - snapshot.made, plural('practice.members', members));
}
