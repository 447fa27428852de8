/** The model's prediction: the likeliest class in words, and a bar with each probability; or a number and its range. */
import { createMemo, For, Match, Show, Switch, type JSX } from 'solid-js';
import type { ClassPrediction, NumberPrediction, Prediction } from '#workers/lab/api';
import { plural, t } from '../../i18n/t.ts';
import { accuracy, quantity } from '../../words/format.ts';
import { NumberInterval90 } from './number-answer.tsx';

const SHOWN = 12;

export interface AnswerProps {
  readonly label: { readonly name: string; readonly classes: readonly string[] };
  readonly prediction: Prediction | null;
  readonly busy: boolean;
  /** For use beside a field that explains itself. */
  readonly brief?: boolean;
  /** The model has not learnt anything. */
  readonly untrained: boolean;
}

export function Answer(props: AnswerProps): JSX.Element {
  const sentence = () => {
    if (props.prediction === null) return props.busy ? t('try.predicting') : props.brief === true ? '' : t('try.result.none');
    if ('value' in props.prediction) return t('try.number.value', { label: props.label.name, value: quantity(props.prediction.value) });
    const { best, probabilities } = props.prediction;
    return t('try.result.best', { label: props.label.name, name: props.label.classes[best]!, percent: accuracy(probabilities[best]!) });
  };
  return (
    <section class="answer" aria-labelledby="try-answer">
      <h3 id="try-answer" classList={{ unseen: props.brief === true }}>
        {t('try.result')}
      </h3>
      <p class="answer-best" role="status">
        {sentence()}
      </p>
      <Show when={props.untrained && props.prediction !== null}>
        <p class="quiet">{t('try.result.chance')}</p>
      </Show>
      <Show when={props.prediction}>
        {(found) => (
          <Switch>
            <Match when={asNumber(found())}>{(number) => <NumberInterval90 prediction={number()} brief={props.brief === true} />}</Match>
            <Match when={asClasses(found())}>{(of) => <Bars classes={props.label.classes} probabilities={of().probabilities} />}</Match>
          </Switch>
        )}
      </Show>
    </section>
  );
}

const asNumber = (of: Prediction): NumberPrediction | null => ('value' in of ? of : null);
const asClasses = (of: Prediction): ClassPrediction | null => ('value' in of ? null : of);

/** Few classes keep the manifest's order, so that bars stay in place; many are sorted, likeliest first. */
function Bars(props: { readonly classes: readonly string[]; readonly probabilities: readonly number[] }): JSX.Element {
  const lines = createMemo(() => {
    const all = props.probabilities.map((p, i) => ({ name: props.classes[i]!, p }));
    return all.length > SHOWN ? all.toSorted((a, b) => b.p - a.p) : all;
  });
  const top = () => Math.max(...props.probabilities);
  return (
    <>
      <ul class="bars" aria-label={t('try.result.list')}>
        <For each={lines().slice(0, SHOWN)}>
          {({ name, p }) => (
            <li classList={{ best: p === top() }}>
              <span class="bar-name">{name}</span>
              <span class="bar-number">{accuracy(p)}</span>
              <meter aria-hidden="true" min="0" max="1" value={p} />
            </li>
          )}
        </For>
      </ul>
      <Show when={lines().length > SHOWN}>
        <p class="quiet">{plural('try.result.more', lines().length - SHOWN)}</p>
      </Show>
    </>
  );
}
