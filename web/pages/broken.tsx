/**
 * Replaces a page that did not load or that crashed: a sentence instead of nothing. Usually the relay is gone. A browser remembers a failed
 * module as failed, so the remedy is to reload the page.
 */
import { useLocation } from '@solidjs/router';
import { createEffect, ErrorBoundary, on, type JSX, type ParentProps } from 'solid-js';
import { failed, UNREACHABLE, type Shown } from '../state/problem.ts';
import { ProblemNotice } from '../ui/problem-notice.tsx';

/** In the words of Chromium, Firefox and Safari. */
const NOT_LOADED = /dynamically imported module|importing a module script failed/i;

function shownOf(error: unknown): Shown {
  return error instanceof TypeError && NOT_LOADED.test(error.message) ? UNREACHABLE : failed(error).error;
}

/** Around every page, inside the frame: navigation stays available. */
export function Unbroken(props: ParentProps): JSX.Element {
  return <ErrorBoundary fallback={(error, reset) => <Broken error={error} reset={reset} />}>{props.children}</ErrorBoundary>;
}

function Broken(props: { readonly error: unknown; readonly reset: () => void }): JSX.Element {
  const location = useLocation();
  createEffect(
    on(
      () => location.pathname,
      () => props.reset(),
      { defer: true },
    ),
  );
  return (
    <div class="page">
      <ProblemNotice problem={shownOf(props.error)} retry={() => globalThis.location.reload()} />
    </div>
  );
}
