/**
 * The state of the connection chip: what the peer says once there is one, before that whether the relay answered the last request.
 */
import { createSignal } from 'solid-js';
import type { Activity, Snapshot } from '#workers/api';
import type { TextKey } from '../i18n/t.ts';
import type { Outcome } from './problem.ts';

export type Reach = 'checking' | 'reachable' | 'unreachable';
/** Drawn as a symbol and a colour, never as a colour alone. */
export type Tone = 'good' | 'waiting' | 'idle' | 'bad';
export interface Chip {
  readonly tone: Tone;
  readonly text: TextKey;
}

const [reach, setReach] = createSignal<Reach>('checking');
export { reach };

/** A refusal is an answer: the relay is there. */
export function noteReach(outcome: Outcome<unknown>): void {
  setReach(!outcome.ok && outcome.error.code === 'unreachable' ? 'unreachable' : 'reachable');
}

const chip = (tone: Tone, text: TextKey): Chip => ({ tone, text });

const BY_REACH: Readonly<Record<Reach, Chip>> = {
  checking: chip('waiting', 'chip.checking'),
  reachable: chip('idle', 'chip.reachable'),
  unreachable: chip('bad', 'chip.unreachable'),
};

const BY_ACTIVITY: Partial<Readonly<Record<Activity, Chip>>> = {
  connecting: chip('waiting', 'chip.connecting'),
  'waiting-for-relay': chip('waiting', 'chip.waiting'),
  paused: chip('idle', 'chip.paused'),
  left: chip('idle', 'chip.ended'),
  finished: chip('idle', 'chip.ended'),
  failed: chip('bad', 'chip.failed'),
};

export function chipOf(snapshot: Snapshot | null, now: Reach): Chip {
  if (snapshot === null) return BY_REACH[now];
  if (snapshot.mirror) return chip('idle', 'chip.mirror');
  return BY_ACTIVITY[snapshot.activity] ?? chip('good', 'chip.connected');
}
