/** The certified model, and ways to examine it. */
import { A } from '@solidjs/router';
import { Show, type JSX } from 'solid-js';
import type { Hash } from '#protocol/codec';
import { t } from '../../i18n/t.ts';
import { short } from '../../words/format.ts';

export interface ModelPanelProps {
  readonly federation: Hash;
  readonly state: Hash | null;
  /** A mirroring tab cannot call the peer. */
  readonly readOnly: boolean;
}

export function ModelPanel(props: ModelPanelProps): JSX.Element {
  return (
    <section class="panel" aria-labelledby="panel-model">
      <h2 id="panel-model">{t('train.model')}</h2>
      <Show when={props.state} fallback={<p class="quiet">{t('train.model.none')}</p>}>
        {(state) => (
          <>
            <p>{t('train.model.text')}</p>
            <p class="quiet" title={state()}>
              {t('train.model.state', { hash: short(state()) })}
            </p>
            <Show when={!props.readOnly}>
              <A href={`/f/${props.federation}/try`}>{t('try.open')}</A>
              <A href={`/f/${props.federation}/try#worth`}>{t('try.open.worth')}</A>
            </Show>
          </>
        )}
      </Show>
    </section>
  );
}
