/** Score and loss of the certified models on the public test set: the last one large, earlier ones in a table. */
import { createMemo, Index, Show, type JSX } from 'solid-js';
import type { ManifestBody } from '#protocol/manifest/manifest';
import type { Score } from '#workers/api';
import { t } from '../../i18n/t.ts';
import { count, loss } from '../../words/format.ts';
import { goodness, guessingText, measureOf } from '../../ui/goodness.ts';

const ROWS_MAX = 8;

export interface ScoresProps {
  readonly scores: readonly Score[];
  /** On the same rows; null while unknown. */
  readonly guessing: number | null;
  readonly testSet: ManifestBody['testSet'];
}

export function Scores(props: ScoresProps): JSX.Element {
  const newest = createMemo(() => props.scores.toSorted((a, b) => b.round - a.round).slice(0, ROWS_MAX));
  return (
    <section class="scores" aria-labelledby="panel-scores">
      <h2 id="panel-scores">{t('train.score')}</h2>
      <Show when={props.testSet} fallback={<p class="quiet">{t('train.score.absent')}</p>}>
        {(testSet) => (
          <>
            <Show when={newest()[0]} fallback={<p class="quiet">{t('train.score.none')}</p>}>
              {(last) => (
                <>
                  <dl class="figures">
                    <Figure name={t(`train.score.${measureOf(last())}`)} value={goodness(last())} />
                    <Figure name={t('train.score.loss')} value={loss(last().loss)} />
                  </dl>
                  <Show when={props.guessing !== null}>
                    <p>{guessingText(props.guessing!, measureOf(last()))}</p>
                  </Show>
                  <ScoreTable scores={newest()} />
                </>
              )}
            </Show>
            <p class="quiet">
              {testSet().synthetic
                ? t('train.score.synthetic', { rows: count(testSet().rows) })
                : t('train.score.on', { rows: count(testSet().rows) })}
            </p>
          </>
        )}
      </Show>
    </section>
  );
}

function Figure(props: { readonly name: string; readonly value: string }): JSX.Element {
  return (
    <div class="figure">
      <dt>{props.name}</dt>
      <dd>{props.value}</dd>
    </div>
  );
}

function ScoreTable(props: { readonly scores: readonly Score[] }): JSX.Element {
  return (
    <table class="numbers">
      <caption>{t('train.score.table')}</caption>
      <thead>
        <tr>
          <th scope="col">{t('train.round')}</th>
          <th scope="col">{t(`train.score.${measureOf(props.scores[0]!)}`)}</th>
          <th scope="col">{t('train.score.loss')}</th>
        </tr>
      </thead>
      <tbody>
        <Index each={props.scores}>
          {(score) => (
            <tr>
              <th scope="row">{count(score().round)}</th>
              <td>{goodness(score())}</td>
              <td>{loss(score().loss)}</td>
            </tr>
          )}
        </Index>
      </tbody>
    </table>
  );
}
