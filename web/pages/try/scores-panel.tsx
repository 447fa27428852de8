/** How good the model is: fetches the public test set once and lets the lab judge; says so if there is none, or no relay. */
import { createEffect, createSignal, Match, on, onCleanup, Switch, type JSX } from 'solid-js';
import type { ManifestBody } from '#protocol/manifest/manifest';
import { classesOf } from '#protocol/manifest/task';
import type { NumberScores, Scores } from '#workers/lab/api';
import { t } from '../../i18n/t.ts';
import { failed, type Shown } from '../../state/problem.ts';
import { fetchTestSet } from '../../state/test-set.ts';
import { ProblemNotice } from '../../ui/problem-notice.tsx';
import { ClassScores } from './class-scores.tsx';
import { NumberScoresView } from './number-scores.tsx';
import type { OpenedModel } from './try-input.tsx';

export type AnyScores = Scores | NumberScores;

export interface ScoresPanelProps {
  readonly manifest: ManifestBody;
  readonly opened: OpenedModel;
  readonly onScores: (scores: AnyScores | null) => void;
}

export function ScoresPanel(props: ScoresPanelProps): JSX.Element {
  const [scores, setScores] = createSignal<AnyScores | null>(null);
  const [problem, setProblem] = createSignal<Shown | null>(null);
  const [attempt, setAttempt] = createSignal(0);
  const tell = (found: AnyScores | null) => {
    setScores(found);
    props.onScores(found);
  };
  createEffect(
    on([() => props.opened, attempt], ([{ lab }]) => {
      const { testSet } = props.manifest;
      if (testSet === null) return;
      const stop = new AbortController();
      onCleanup(() => stop.abort());
      setProblem(null);
      const judge = async () => {
        const bytes = await fetchTestSet(testSet, stop.signal);
        return bytes.ok ? lab.score(bytes.value) : bytes;
      };
      void judge()
        .catch(failed)
        .then((answer) => {
          if (stop.signal.aborted) return;
          setProblem(answer.ok ? null : answer.error);
          tell(answer.ok ? answer.value : null);
        });
    }),
  );
  const synthetic = () => props.manifest.testSet?.synthetic === true;
  const retry = () => setAttempt((n) => n + 1);
  return (
    <section class="try-part" aria-labelledby="try-scores">
      <h2 id="try-scores">{t('try.scores')}</h2>
      <Switch fallback={<p class="quiet">{t('try.scores.working')}</p>}>
        <Match when={props.manifest.testSet === null}>
          <p>{t('try.scores.none')}</p>
        </Match>
        <Match when={problem()?.code === 'unreachable'}>
          <p>{t('try.scores.away')}</p>
          <button type="button" class="button" onClick={retry}>
            {t('try.scores.retry')}
          </button>
        </Match>
        <Match when={problem()}>{(shown) => <ProblemNotice problem={shown()} retry={retry} />}</Match>
        <Match when={numbersIn(scores())}>{(found) => <NumberScoresView scores={found()} synthetic={synthetic()} />}</Match>
        <Match when={classesIn(scores())}>
          {(found) => <ClassScores scores={found()} classes={classesOf(props.manifest.task)} synthetic={synthetic()} />}
        </Match>
      </Switch>
    </section>
  );
}

const numbersIn = (scores: AnyScores | null): NumberScores | null => (scores !== null && 'mae' in scores ? scores : null);
const classesIn = (scores: AnyScores | null): Scores | null => (scores !== null && 'confusion' in scores ? scores : null);
