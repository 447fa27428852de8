/** Says that the ledger was older than what others have seen, and what was done about it. */
import { Show, type JSX } from 'solid-js';
import { plural, t } from '../i18n/t.ts';

export function RecordBehind(props: { readonly recovered: number | undefined }): JSX.Element {
  return (
    <div classList={{ notice: props.recovered !== undefined, unseen: props.recovered === undefined }} role="status">
      <Show when={props.recovered}>
        {(rounds) => (
          <>
            <p class="notice-what">{t('ledger.behind.title')}</p>
            <p>{plural('ledger.behind', rounds())}</p>
          </>
        )}
      </Show>
    </div>
  );
}
