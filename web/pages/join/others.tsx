/** Who else can still contribute, shown before consent, so nobody joins only to wait. */
import { Show, type JSX } from 'solid-js';
import type { Snapshot } from '#workers/api';
import { plural, t } from '../../i18n/t.ts';
import { count } from '../../words/format.ts';

/** @param props.snapshot of a device that has not joined, so every member in it is somebody else */
export function Others(props: { readonly snapshot: Snapshot }): JSX.Element {
  const here = () => props.snapshot.joined;
  /** Members other than the one who joins. */
  const lacking = () => Math.max(0, props.snapshot.needed - 1 - here());
  const text = () => {
    if (lacking() === 0) return here() === 0 ? '' : plural('join.others.enough', here());
    return here() === 0 ? plural('join.others.none', lacking()) : plural('join.others.few', lacking(), { here: count(here()) });
  };
  return (
    <div role="status">
      <Show when={text() !== ''}>
        <p>{text()}</p>
      </Show>
      <Show when={props.snapshot.lacking > 0}>
        <p>{t('join.others.used')}</p>
      </Show>
    </div>
  );
}
