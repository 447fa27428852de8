/** To be filled by its builder. */
import type { JSX } from 'solid-js';

export default function Try(): JSX.Element {
  return <h1>Try</h1>;
}
