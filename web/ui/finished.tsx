/** A federation that cannot be joined any more: all rounds are done, or its steward has ended it. */
import { A } from '@solidjs/router';
import { Show, type JSX } from 'solid-js';
import type { Hash } from '#protocol/codec';
import { t } from '../i18n/t.ts';
import { count } from '../words/format.ts';

/** @param props.file where the model can be downloaded */
export function Finished(props: { readonly federation: Hash; readonly rounds: number; readonly file: string }): JSX.Element {
  return (
    <section class="notice finished" aria-labelledby="panel-finished">
      <h2 id="panel-finished">{t('finished.title')}</h2>
      <p>{t('finished.text', { rounds: count(props.rounds) })}</p>
      <div class="actions">
        <A class="button primary" href={`/f/${props.federation}/try`}>
          {t('finished.try')}
        </A>
        <A class="button" href={props.file}>
          {t('finished.file')}
        </A>
      </div>
    </section>
  );
}

/** @param props.hasModel on this device */
export function Ended(props: { readonly federation: Hash; readonly hasModel: boolean }): JSX.Element {
  return (
    <div class="notice" role="alert">
      <p class="notice-what">{t('ended.title')}</p>
      <div class="actions">
        <A class="button primary" href="/#projects">
          {t('problem.projects')}
        </A>
        <Show when={props.hasModel}>
          <A class="button" href={`/f/${props.federation}/try`}>
            {t('finished.try')}
          </A>
        </Show>
      </div>
    </div>
  );
}
