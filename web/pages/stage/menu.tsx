/** What is done seldom, behind three dots. It closes by Escape, and when the focus or a press goes elsewhere. */
import type { JSX, ParentProps } from 'solid-js';
import { t } from '../../i18n/t.ts';

export function Menu(props: ParentProps): JSX.Element {
  let box!: HTMLDetailsElement;
  const close = () => (box.open = false);
  return (
    <details
      class="menu"
      ref={box}
      onFocusOut={(event) => {
        const to = event.relatedTarget;
        if (to instanceof Node && !box.contains(to)) close();
      }}
      onKeyDown={(event) => {
        if (event.key !== 'Escape' || !box.open) return;
        close();
        box.querySelector('summary')!.focus();
      }}
    >
      <summary class="button" aria-label={t('stage.menu')}>
        <span aria-hidden="true">⋯</span>
      </summary>
      <div class="menu-body">{props.children}</div>
    </details>
  );
}
