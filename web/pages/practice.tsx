/** To be filled by its builder. */
import type { JSX } from 'solid-js';

export default function Practice(): JSX.Element {
  return <h1>Practice</h1>;
}
