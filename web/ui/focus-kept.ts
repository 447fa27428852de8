/**
 * Keeps the focus near where it was when the focused element goes: on its nearest ancestor that stays. A browser puts it on the body
 * instead, where screen readers begin anew.
 */
import { onCleanup } from 'solid-js';

/** Call it when `root` is in the document. */
export function keepFocus(root: HTMLElement): void {
  /** What has the focus, then its ancestors up to the root; empty while nothing within has it. */
  let path: readonly HTMLElement[] = [];
  const note = () => {
    const within: HTMLElement[] = [];
    if (root.contains(document.activeElement)) {
      for (let one = document.activeElement as HTMLElement; one !== root; one = one.parentElement!) within.push(one);
      if (within.length > 0) within.push(root);
    }
    path = within;
  };
  const restore = () => {
    if (path[0]?.isConnected !== false || document.activeElement !== document.body) return;
    const near = path.find((one) => one.isConnected);
    if (near === undefined) return;
    if (!near.hasAttribute('tabindex')) {
      near.tabIndex = -1;
      near.addEventListener('blur', () => near.removeAttribute('tabindex'), { once: true });
    }
    near.focus({ preventScroll: true });
  };
  root.addEventListener('focusin', note);
  // A press beside everything takes the focus away on purpose, and no focusin tells of that.
  document.addEventListener('click', note, true);
  const changes = new MutationObserver(restore);
  changes.observe(root, { childList: true, subtree: true });
  onCleanup(() => {
    changes.disconnect();
    document.removeEventListener('click', note, true);
  });
}
