/** Progress of reading a large file, with a button to cancel. */
import type { JSX } from 'solid-js';
import { t } from '../i18n/t.ts';

/** @param props.share 0 to 1 */
export function ReadingMeter(props: { readonly label: string; readonly share: number; readonly onStop: () => void }): JSX.Element {
  return (
    <>
      <progress value={props.share} aria-label={props.label} />
      <button type="button" class="plain" onClick={() => props.onStop()}>
        {t('file.stop')}
      </button>
    </>
  );
}
