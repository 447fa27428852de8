/** Every point of a curve in a table, newest first, rendered when it is opened. */
import { createSignal, Index, Show, type JSX } from 'solid-js';
import { t } from '../../i18n/t.ts';
import { count } from '../../words/format.ts';
import type { Curve } from './curve.ts';

export function CurveTable(props: { readonly curve: Curve }): JSX.Element {
  const [open, setOpen] = createSignal(false);
  const name = () => t(`train.curve.${props.curve.name}`);
  return (
    <details onToggle={(event) => setOpen(event.currentTarget.open)}>
      <summary>{t('train.curve.table', { name: name() })}</summary>
      <Show when={open()}>
        {/* It scrolls, so it can be reached by keyboard. */}
        <div class="curve-table" role="region" tabindex="0" aria-label={t('train.curve.table', { name: name() })}>
          <table class="numbers">
            <thead>
              <tr>
                <th scope="col">{t('train.round')}</th>
                <th scope="col">{name()}</th>
              </tr>
            </thead>
            <tbody>
              <Index each={props.curve.points.toReversed()}>
                {(point) => (
                  <tr>
                    <th scope="row">{count(point().round)}</th>
                    <td>{props.curve.format(point().value)}</td>
                  </tr>
                )}
              </Index>
            </tbody>
          </table>
        </div>
      </Show>
    </details>
  );
}
