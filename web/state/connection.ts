/** Whether the relay answered the last request of the page: what is known before there is a peer. */
import { createSignal } from 'solid-js';
import type { Outcome } from './problem.ts';

export type Reach = 'checking' | 'reachable' | 'unreachable';

const [reach, setReach] = createSignal<Reach>('checking');
export { reach };

/** A refusal is an answer: the relay is there. */
export function noteReach(outcome: Outcome<unknown>): void {
  setReach(!outcome.ok && outcome.error.code === 'unreachable' ? 'unreachable' : 'reachable');
}
