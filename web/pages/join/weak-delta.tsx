/**
 * Warns of a delta of 1/n or more: a mechanism that gives away one whole row in n with certainty keeps it, so it protects nobody
 * (Dwork and Roth 2014, section 2.3).
 */
import { Show, type JSX } from 'solid-js';
import { t } from '../../i18n/t.ts';
import { count, odds } from '../../words/format.ts';

/** @param props.units loaded units that the guarantee protects */
export function WeakDelta(props: { readonly delta: number; readonly units: number }): JSX.Element {
  return (
    <Show when={props.units > 0 && props.delta * props.units >= 1}>
      <div class="notice bad" role="alert">
        <p class="notice-what">
          <span aria-hidden="true">▲ </span>
          {t('weak-delta.title')}
        </p>
        <p>{t('weak-delta.text', { delta: odds(props.delta), n: count(props.units), fewer: count(Math.ceil(1 / props.delta)) })}</p>
      </div>
    </Show>
  );
}
