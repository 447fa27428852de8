/** To be filled by its builder. */
import type { JSX } from 'solid-js';

export default function Create(): JSX.Element {
  return <h1>Create</h1>;
}
