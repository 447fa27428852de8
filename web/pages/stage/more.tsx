/** Parts below the zones, each opened by its button: at most one at a time, none at first. */
import { createSignal, createUniqueId, For, Show, type JSX } from 'solid-js';
import { t } from '../../i18n/t.ts';

export interface Part {
  readonly name: string;
  readonly content: () => JSX.Element;
}

export function More(props: { readonly parts: readonly Part[] }): JSX.Element {
  const id = createUniqueId();
  const [open, setOpen] = createSignal<string | null>(null);
  const shown = () => props.parts.find(({ name }) => name === open());
  let body: HTMLDivElement | undefined;
  const toggle = (name: string) => {
    setOpen((now) => (now === name ? null : name));
    body?.scrollIntoView({ block: 'nearest' });
  };
  return (
    <div class="more">
      <div class="more-names" role="group" aria-label={t('stage.more')}>
        <For each={props.parts}>
          {({ name }) => (
            <button type="button" aria-expanded={open() === name} aria-controls={id} onClick={() => toggle(name)}>
              {name}
            </button>
          )}
        </For>
      </div>
      <div id={id} class="more-body" ref={body}>
        <Show when={shown()} keyed>
          {(part) => part.content()}
        </Show>
      </div>
    </div>
  );
}
