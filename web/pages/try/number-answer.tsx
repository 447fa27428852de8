/** A predicted number, and the range that contains nine out of ten such answers, or why there is none. */
import { Show, type JSX } from 'solid-js';
import type { NumberInterval, NumberPrediction } from '#workers/lab/api';
import { t } from '../../i18n/t.ts';
import { count, quantity } from '../../words/format.ts';

export function NumberInterval90(props: { readonly prediction: NumberPrediction; readonly brief?: boolean }): JSX.Element {
  return (
    <Show when={props.prediction.interval} fallback={<p class="quiet">{t('try.number.none')}</p>}>
      {(interval) => (
        <>
          <p>{t('try.number.interval', ends(interval()))}</p>
          <Show when={props.brief !== true}>
            <p class="quiet">
              {t(interval().on === 'test-set' ? 'try.number.public' : 'try.number.own', { rows: count(interval().rows) })}
            </p>
          </Show>
        </>
      )}
    </Show>
  );
}

export const ends = ({ low, high }: Pick<NumberInterval, 'low' | 'high'>) => ({ low: quantity(low), high: quantity(high) });
