/** A practice under way: what happens now, the way to its model, how good it is, and who takes part. */
import { A } from '@solidjs/router';
import { createEffect, createSignal, on, Show, type Accessor, type JSX } from 'solid-js';
import type { Hash } from '#protocol/codec';
import type { Snapshot } from '#workers/api';
import { t } from '../../i18n/t.ts';
import type { Practice } from '../../state/practice.ts';
import { Curves } from '../train/curves.tsx';
import { Now } from '../train/now.tsx';
import { Scores } from '../train/scores.tsx';
import { People, Said } from './people.tsx';
import { practiceSentence } from './sentence.ts';
import { TryPractice } from './try-practice.tsx';

export interface RunningProps {
  readonly practice: Practice;
  /** The real one. */
  readonly federation: Hash;
  readonly company: number;
  readonly rounds: number;
}

export function Running(props: RunningProps): JSX.Element {
  const [trying, setTrying] = createSignal(false);
  const own = (): Snapshot | null => props.practice.snapshots()[0] ?? null;
  const running = () => props.practice.state() === 'running';
  const modelHere = () => (own()?.models ?? 0) > 0 && own()?.state != null;
  /** Curves of the model alone: no budget is spent here, and nobody is missing. */
  const scored = (): Snapshot | null => {
    const snapshot = own();
    return snapshot === null || snapshot.scores.length < 2 ? null : { ...snapshot, rounds: [] };
  };
  // Another practice, another model: what was tried belongs to the one before.
  createEffect(
    on(
      () => props.practice.state() === 'starting',
      (starting) => starting && setTrying(false),
    ),
  );
  return (
    <>
      <Show when={own()}>
        {(snapshot) => (
          <Show when={running()}>
            <Now snapshot={snapshot as Accessor<Snapshot>} words={(s) => practiceSentence(s, props.rounds)} />
          </Show>
        )}
      </Show>
      <div class="actions">
        <Show when={!trying()}>
          <button
            type="button"
            class="button primary"
            disabled={!running() || !modelHere()}
            aria-describedby="practice-try-wait"
            onClick={() => setTrying(true)}
          >
            {t('practice.try')}
          </button>
        </Show>
        <A class="button" href={`/f/${props.federation}/join`} aria-describedby="practice-join-text">
          {t('practice.join')}
        </A>
      </div>
      <Show when={running() && !modelHere()}>
        <p class="quiet" id="practice-try-wait">
          {t('practice.try.wait')}
        </p>
      </Show>
      <p class="quiet" id="practice-join-text">
        {t('practice.join.text')}
      </p>
      <div class="board">
        <div class="board-main">
          <Show when={props.practice.founded()}>
            {(founded) => <Scores scores={own()?.scores ?? []} testSet={founded().body.testSet} />}
          </Show>
          <Show when={scored()}>{(snapshot) => <Curves snapshot={snapshot()} />}</Show>
        </div>
        <div class="board-side">
          <People snapshots={props.practice.snapshots()} />
          <Show when={own()}>{(snapshot) => <Said snapshot={snapshot()} rounds={props.rounds} />}</Show>
          <section class="panel" aria-labelledby="practice-same">
            <h2 id="practice-same">{t('practice.same')}</h2>
            <p class="quiet">{t('practice.same.text')}</p>
          </section>
        </div>
      </div>
      <Show when={trying() ? props.practice.founded() : null}>
        {(founded) => <TryPractice practice={props.practice} founded={founded()} round={own()?.round ?? 0} />}
      </Show>
    </>
  );
}
