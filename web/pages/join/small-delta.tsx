/**
 * Shows in rounds what a small delta costs, before anybody agrees to it: the smallest delta that an account agreed to counts for everything
 * it pays later (agreedDelta). The opposite, a delta that protects nobody, is in weak-delta.tsx.
 */
import { createMemo, Show, type JSX } from 'solid-js';
import type { ManifestBody } from '#protocol/manifest/manifest';
import { t } from '../../i18n/t.ts';
import { count, odds, quantity } from '../../words/format.ts';
import { deltaPrice, USUAL_DELTA } from './delta-price.ts';

export function SmallDelta(props: { readonly privacy: ManifestBody['privacy'] }): JSX.Element {
  const price = createMemo(() => deltaPrice(props.privacy));
  return (
    <Show when={price()}>
      {(found) => (
        <div class="notice" role="status">
          <p class="notice-what">{t('small-delta.title')}</p>
          <p>
            {t('small-delta.text', {
              delta: odds(props.privacy.delta),
              usual: odds(USUAL_DELTA),
              epsilon: quantity(props.privacy.epsilon),
              before: count(found().before),
              after: count(found().after),
            })}
          </p>
        </div>
      )}
    </Show>
  );
}
