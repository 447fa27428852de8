/** Who is here, by short invented names for keys; a person may have several. */
import { For, Show, type JSX } from 'solid-js';
import { plural, t } from '../../i18n/t.ts';

export interface Participant {
  readonly name: string;
  readonly you: boolean;
}

const SHOWN = 3;

export function Participants(props: { readonly list: readonly Participant[] }): JSX.Element {
  return (
    <ul class="participants" aria-label={t('stage.participants')}>
      <For each={props.list.slice(0, SHOWN)}>{(one) => <li>{one.you ? t('stage.you', { name: one.name }) : one.name}</li>}</For>
      <Show when={props.list.length > SHOWN}>
        <li>{plural('stage.participants.more', props.list.length - SHOWN)}</li>
      </Show>
    </ul>
  );
}
