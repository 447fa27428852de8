/** Scores of a model on the public test set: accuracy, and on request each class and the confusion matrix. Wide tables scroll. */
import { createUniqueId, For, Show, type JSX } from 'solid-js';
import type { Scores } from '#workers/lab/api';
import { t } from '../../i18n/t.ts';
import { Figure } from '../../ui/figure.tsx';
import { accuracy, count, loss } from '../../words/format.ts';
import { guessingText } from '../../ui/goodness.ts';

/** With more classes a matrix is unreadable; the most frequent confusions are listed instead. */
const MATRIX_MAX = 24;
const PAIRS_SHOWN = 20;

export interface ClassScoresProps {
  readonly scores: Scores;
  readonly classes: readonly string[];
  readonly synthetic: boolean;
}

export function ClassScores(props: ClassScoresProps): JSX.Element {
  const rows = () => count(props.scores.rows);
  // A model whose outputs are not numbers has neither; "none" would read as no error.
  const told = (value: number, format: (value: number) => string) => (Number.isFinite(value) ? format(value) : '–');
  return (
    <>
      <dl class="try-figures">
        <Figure name={t('try.scores.accuracy')} value={accuracy(props.scores.accuracy)} />
      </dl>
      <p>{guessingText(props.scores.guessing, 'accuracy')}</p>
      <p class="quiet">{props.synthetic ? t('try.scores.synthetic', { rows: rows() }) : t('try.scores.on', { rows: rows() })}</p>
      <details class="try-details">
        <summary>{t('try.scores.details')}</summary>
        <div class="try-details-body">
          <Show when={props.classes.length <= MATRIX_MAX} fallback={<Pairs scores={props.scores} classes={props.classes} />}>
            <Matrix scores={props.scores} classes={props.classes} />
          </Show>
          <Classes scores={props.scores} classes={props.classes} />
          <p class="quiet">{t('try.scores.words')}</p>
          <dl class="try-figures">
            <Figure name={t('try.scores.loss')} value={told(props.scores.loss, loss)} />
            <Figure name={t('try.scores.ece')} value={told(props.scores.ece, accuracy)} />
          </dl>
          <p class="quiet">{t('try.scores.ece.words')}</p>
        </div>
      </details>
    </>
  );
}

interface Part {
  readonly scores: Scores;
  readonly classes: readonly string[];
}

function Classes(props: Part): JSX.Element {
  const id = createUniqueId();
  const share = (value: number | null) => (value === null ? t('try.scores.undefined') : accuracy(value));
  return (
    <div class="scroll-box" tabindex="0" role="region" aria-labelledby={id}>
      <table>
        <caption id={id}>{t('try.scores.classes')}</caption>
        <thead>
          <tr>
            <th scope="col">{t('try.scores.class')}</th>
            <th scope="col">{t('try.scores.rows')}</th>
            <th scope="col">{t('try.scores.precision')}</th>
            <th scope="col">{t('try.scores.recall')}</th>
            <th scope="col">{t('try.scores.f1')}</th>
          </tr>
        </thead>
        <tbody>
          <For each={props.scores.classes}>
            {(score, c) => (
              <tr>
                <th scope="row">{props.classes[c()]}</th>
                <td>{count(score.rows)}</td>
                <td>{share(score.precision)}</td>
                <td>{share(score.recall)}</td>
                <td>{share(score.f1)}</td>
              </tr>
            )}
          </For>
        </tbody>
      </table>
    </div>
  );
}

function Matrix(props: Part): JSX.Element {
  const id = createUniqueId();
  /** Share of a true class's rows, as a wash behind the number. */
  const wash = (truth: number, n: number) => `${((100 * n) / Math.max(1, props.scores.classes[truth]!.rows)).toFixed(0)}%`;
  return (
    <>
      <div class="scroll-box" tabindex="0" role="region" aria-labelledby={id}>
        <table class="matrix">
          <caption id={id}>{t('try.scores.matrix')}</caption>
          <thead>
            <tr>
              <th scope="col">{t('try.scores.matrix.truth')}</th>
              <For each={props.classes}>{(name) => <th scope="col">{name}</th>}</For>
            </tr>
          </thead>
          <tbody>
            <For each={props.scores.confusion}>
              {(guesses, truth) => (
                <tr>
                  <th scope="row">{props.classes[truth()]}</th>
                  <For each={guesses}>
                    {(n, guess) => (
                      <td classList={{ right: guess() === truth() }} style={{ '--share': wash(truth(), n) }}>
                        {count(n)}
                      </td>
                    )}
                  </For>
                </tr>
              )}
            </For>
          </tbody>
        </table>
      </div>
      <p class="quiet">{t('try.scores.matrix.text')}</p>
    </>
  );
}

function Pairs(props: Part): JSX.Element {
  const id = createUniqueId();
  const pairs = () =>
    props.scores.confusion
      .flatMap((guesses, truth) => guesses.map((n, guess) => ({ truth, guess, n })))
      .filter(({ truth, guess, n }) => truth !== guess && n > 0)
      .toSorted((a, b) => b.n - a.n)
      .slice(0, PAIRS_SHOWN);
  return (
    <>
      <p class="quiet">{t('try.scores.matrix.pairs')}</p>
      <div class="scroll-box" tabindex="0" role="region" aria-labelledby={id}>
        <table>
          <caption id={id}>{t('try.scores.matrix')}</caption>
          <thead>
            <tr>
              <th scope="col">{t('try.scores.matrix.truth')}</th>
              <th scope="col">{t('try.scores.matrix.guess')}</th>
              <th scope="col">{t('try.scores.rows')}</th>
            </tr>
          </thead>
          <tbody>
            <For each={pairs()}>
              {({ truth, guess, n }) => (
                <tr>
                  <th scope="row">{props.classes[truth]}</th>
                  <td>{props.classes[guess]}</td>
                  <td>{count(n)}</td>
                </tr>
              )}
            </For>
          </tbody>
        </table>
      </div>
    </>
  );
}
