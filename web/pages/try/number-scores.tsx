/** The error of a model's numbers on the public test set, beside the median's, and the coverage of its intervals. */
import { Show, type JSX } from 'solid-js';
import type { NumberScores } from '#workers/lab/api';
import { t } from '../../i18n/t.ts';
import { Figure } from '../../ui/figure.tsx';
import { accuracy, count, quantity } from '../../words/format.ts';
import { guessingText, interval } from '../../ui/goodness.ts';

export interface NumberScoresProps {
  readonly scores: NumberScores;
  readonly synthetic: boolean;
}

export function NumberScoresView(props: NumberScoresProps): JSX.Element {
  const rows = () => count(props.scores.rows);
  return (
    <>
      <dl class="try-figures">
        <Figure name={t('try.scores.error')} value={quantity(props.scores.mae.value)} />
      </dl>
      <p>{guessingText(props.scores.guessing, 'error')}</p>
      <p class="quiet">{props.synthetic ? t('try.scores.synthetic', { rows: rows() }) : t('try.scores.on', { rows: rows() })}</p>
      <details class="try-details">
        <summary>{t('try.scores.details')}</summary>
        <div class="try-details-body">
          <dl class="try-figures">
            <Figure name={t('check.mae')} value={interval(props.scores.mae, quantity)} />
            <Figure name={t('check.rmse')} value={interval(props.scores.rmse, quantity)} />
            <Figure name={t('check.r2')} value={interval(props.scores.r2, quantity)} />
          </dl>
          <p class="quiet">{t('try.scores.number.words')}</p>
          <Show when={props.scores.coverage}>{(share) => <p>{t('try.scores.coverage', { share: accuracy(share()) })}</p>}</Show>
        </div>
      </details>
    </>
  );
}
