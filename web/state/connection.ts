/** Whether the relay answered the last request of the page: what is known before there is a peer. */
import { createSignal } from 'solid-js';
import type { Result } from '#workers/api';
import type { Shown } from './problem.ts';

export type Reach = 'checking' | 'reachable' | 'unreachable';

const [reach, setReach] = createSignal<Reach>('checking');
export { reach };

/** A refusal is an answer: the relay is there. */
export function noteReach(outcome: Result<unknown, Shown>): void {
  setReach(!outcome.ok && outcome.error.code === 'unreachable' ? 'unreachable' : 'reachable');
}
