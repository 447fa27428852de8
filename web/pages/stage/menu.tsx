/** Rare actions, behind three dots. Escape closes it, as do focus and presses elsewhere. */
import { onCleanup, onMount, type JSX, type ParentProps } from 'solid-js';
import { t } from '../../i18n/t.ts';

export function Menu(props: ParentProps): JSX.Element {
  let box!: HTMLDetailsElement;
  const close = () => (box.open = false);
  onMount(() => {
    const elsewhere = (event: PointerEvent) => {
      if (event.target instanceof Node && !box.contains(event.target)) close();
    };
    const escape = (event: KeyboardEvent) => {
      if (event.key !== 'Escape' || !box.open) return;
      close();
      box.querySelector('summary')!.focus();
    };
    document.addEventListener('pointerdown', elsewhere);
    document.addEventListener('keydown', escape);
    onCleanup(() => {
      document.removeEventListener('pointerdown', elsewhere);
      document.removeEventListener('keydown', escape);
    });
  });
  return (
    <details
      class="menu"
      ref={box}
      onFocusOut={(event) => {
        const to = event.relatedTarget;
        if (to instanceof Node && !box.contains(to)) close();
      }}
    >
      <summary class="button" aria-label={t('stage.menu')}>
        <span aria-hidden="true">⋯</span>
      </summary>
      <div class="menu-body">{props.children}</div>
    </details>
  );
}
