/** The logo: four peers, one of them you, one pair without a direct path. Decorative; the name is beside it. */
import type { JSX } from 'solid-js';

export function Mark(): JSX.Element {
  return (
    <svg class="mark" viewBox="8 8 50 46" width="34" height="31" aria-hidden="true">
      <g fill="none" stroke="currentColor" stroke-width="2.5" stroke-linecap="round">
        <path d="M19 23 45 17M19 23 30 46M45 17 50 42M30 46 50 42" />
        <path d="M19 23 50 42" stroke-dasharray="1 5" />
      </g>
      <circle class="mark-you" cx="19" cy="23" r="8" stroke="currentColor" stroke-width="2.5" />
      <circle class="mark-heart" cx="19" cy="23" r="3.5" />
      <g fill="currentColor">
        <circle cx="45" cy="17" r="4.5" />
        <circle cx="30" cy="46" r="4.5" />
        <circle cx="50" cy="42" r="4.5" />
      </g>
    </svg>
  );
}
