/** How many rows are held out for a member's own check: none by default. */
import { createUniqueId, For, Show, type JSX } from 'solid-js';
import { t } from '../../i18n/t.ts';

const SHARES = [0, 0.1, 0.2, 0.3] as const;

export interface HeldOutFieldProps {
  readonly share: number;
  readonly busy: boolean;
  /** Budget was spent on these rows before, so a model may already know the ones held out now. */
  readonly seen: boolean;
  readonly onShare: (share: number) => void;
}

export function HeldOutField(props: HeldOutFieldProps): JSX.Element {
  const id = createUniqueId();
  const textId = createUniqueId();
  const name = (share: number) =>
    share === 0 ? t('check.heldOut.none') : t('check.heldOut.share', { percent: `${Math.round(share * 100)} %` });
  return (
    <div class="held-out">
      <label for={id}>{t('check.heldOut')}</label>
      <select
        id={id}
        disabled={props.busy}
        aria-describedby={textId}
        onChange={(event) => props.onShare(Number(event.currentTarget.value))}
      >
        <For each={SHARES}>
          {(share) => (
            <option value={share} selected={share === props.share}>
              {name(share)}
            </option>
          )}
        </For>
      </select>
      <div id={textId} role="status">
        <Show when={props.share > 0}>
          <p class="quiet">{t('check.heldOut.text')}</p>
          <Show when={props.seen}>
            <p>{t('check.heldOut.seen')}</p>
          </Show>
        </Show>
      </div>
    </div>
  );
}
