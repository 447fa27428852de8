/** Step 2: the most that may be revealed, what that buys, in words, and a rehearsal. The worker's accountant answers. */
import { createEffect, createSignal, createUniqueId, on, onCleanup, Show, type JSX } from 'solid-js';
import type { Hash } from '#protocol/codec';
import { groupOf, type Task } from '#protocol/manifest/task';
import type { BudgetOffer, DataReport } from '#workers/api';
import { plural, t } from '../../i18n/t.ts';
import type { OpenFederation } from '../../state/federation.ts';
import { useLab } from '../../state/lab.ts';
import { usePeer } from '../../state/peer.ts';
import { failed, type Shown } from '../../state/problem.ts';
import { count, quantity } from '../../words/format.ts';
import { goodness, guessingText, measureOf } from '../../ui/goodness.ts';
import { ProblemNotice } from '../../ui/problem-notice.tsx';
import { Step } from '../../ui/step.tsx';
import { Meaning } from './meaning.tsx';
import { reachedWith, type Reached } from './reached.ts';
import { Rehearsal } from './rehearsal.tsx';
import { RowsAccountField } from './rows-account.tsx';
import { SmallDelta } from './small-delta.tsx';
import { WeakDelta } from './weak-delta.tsx';

/** Positions of the slider; the last one is the budget that the federation was calibrated for. */
const STOPS = 20;
/** While the slider is dragged, the accountant is not asked; it is once the slider rests. */
const REST_MS = 120;

export interface BudgetStepProps {
  readonly open: OpenFederation;
  readonly data: DataReport | null;
  readonly offer: BudgetOffer | null;
  readonly onOffer: (offer: BudgetOffer | null) => void;
}

export function BudgetStep(props: BudgetStepProps): JSX.Element {
  const privacy = () => props.open.manifest.body.privacy;
  const startLab = useLab();
  const [stop, setStop] = createSignal(STOPS);
  const [problem, setProblem] = createSignal<Shown | null>(null);
  const [asked, setAsked] = createSignal(0);
  /** Shown until the next offer is ready, so the control in use stays in place. */
  const [rows, setRows] = createSignal<BudgetOffer['rows']>();
  const epsilon = () => Number(((privacy().epsilon * stop()) / STOPS).toPrecision(6));
  createEffect(
    on([epsilon, () => props.data, asked], ([wanted, data]) => {
      props.onOffer(null);
      setProblem(null);
      if (data === null) return;
      let current = true;
      const timer = setTimeout(async () => {
        const answer = await props.open.calls.offer(wanted).catch(failed);
        if (!current) return;
        if (answer.ok) {
          props.onOffer(answer.value);
          setRows(answer.value.rows);
        } else setProblem(answer.error);
      }, REST_MS);
      onCleanup(() => {
        current = false;
        clearTimeout(timer);
      });
    }),
  );
  return (
    <Step number={2} of={3} title={t('budget.title')} waiting={props.data === null ? t('budget.waiting') : null}>
      <p>{t('budget.lead')}</p>
      <WeakDelta delta={privacy().delta} units={props.data?.units ?? 0} />
      <SmallDelta privacy={privacy()} />
      <Dial stop={stop()} epsilon={epsilon()} onStop={setStop} />
      <div class="bought" role="status">
        <Show
          when={props.offer}
          fallback={
            <Show when={problem() === null}>
              <p class="quiet">{t('budget.asking')}</p>
            </Show>
          }
        >
          {(offer) => <Bought offer={offer()} />}
        </Show>
      </div>
      {/* Outside of what is read out: a model that is decided meanwhile is no news about the budget. */}
      <ReachedNote federation={props.open.manifest.id} rounds={props.offer?.rounds ?? 0} />
      <Show when={problem()}>{(shown) => <ProblemNotice problem={shown()} />}</Show>
      <p>{unitNote(props.open.manifest.body.task)}</p>
      <Show when={props.data !== null && rows()}>
        {(found) => <RowsAccountField calls={props.open.calls} found={found()} onChanged={() => setAsked(asked() + 1)} />}
      </Show>
      <div class="asides">
        <details>
          <summary>{t('budget.means')}</summary>
          <Meaning offer={props.offer} body={props.open.manifest.body} />
        </details>
        <details>
          <summary>{t('rehearsal.title')}</summary>
          <Rehearsal manifest={props.open.manifest} startLab={startLab} />
        </details>
      </div>
    </Step>
  );
}

function Dial(props: { readonly stop: number; readonly epsilon: number; readonly onStop: (stop: number) => void }): JSX.Element {
  const id = createUniqueId();
  const value = () => t('budget.value', { epsilon: quantity(props.epsilon) });
  return (
    <div class="dial">
      <label for={id}>{t('budget.slider')}</label>
      <output for={id}>{value()}</output>
      <input
        id={id}
        type="range"
        min="1"
        max={STOPS}
        step="1"
        value={props.stop}
        aria-valuetext={value()}
        onInput={(event) => props.onStop(event.currentTarget.valueAsNumber)}
      />
      <span class="quiet">{t('budget.low')}</span>
      <span class="quiet end">{t('budget.high')}</span>
    </div>
  );
}

function ReachedNote(props: { readonly federation: Hash; readonly rounds: number }): JSX.Element {
  const peer = usePeer();
  /** By the scores that this device knows. */
  const reached = () => {
    const snapshot = peer.snapshot();
    return snapshot?.federation === props.federation ? reachedWith(snapshot.scores, props.rounds) : null;
  };
  const said = ({ stage, score }: Reached) => {
    const how = t(`budget.how.${measureOf(score)}`, { figure: goodness(score) });
    const guessing = peer.snapshot()?.guessing ?? null;
    const reach = t(`budget.reached.${stage}`, { round: count(score.round), how });
    return guessing === null ? reach : `${reach} ${guessingText(guessing, measureOf(score))}`;
  };
  return <Show when={reached()}>{(found) => <p>{said(found())}</p>}</Show>;
}

/** What is protected and what is not, shown before consent. */
function unitNote(task: Task): string {
  if (task.kind === 'sequence') return t('sequence.budget.unit');
  const group = groupOf(task);
  return group === null ? t('budget.unit') : t('budget.unit.group', { column: group.column, rows: count(group.rowsMax) });
}

function Bought(props: { readonly offer: BudgetOffer }): JSX.Element {
  return (
    <>
      <p class="strong">
        <Show when={props.offer.rounds > 0} fallback={t('budget.none')}>
          {plural('budget.rounds', props.offer.rounds, { left: count(props.offer.left) })}
        </Show>
      </p>
      <p>{props.offer.spent > 0 ? t('budget.spent', { spent: quantity(props.offer.spent) }) : t('budget.unspent')}</p>
    </>
  );
}
