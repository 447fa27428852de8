/** Small operations on a slot that seat and member share: effects and status. */
import type { Slot } from '../agreement/messages.ts';
import { leaderOf } from '../agreement/state.ts';
import type { PeerId } from '../identity.ts';
import type { Audience, Draft, TimerId } from './effects.ts';
import type { RoundMessage } from './messages.ts';
import type { RoundState } from './state.ts';

export function send(s: RoundState, to: Audience, draft: Draft): void {
  s.out.push({ t: 'send', to, draft });
}

export function say(s: RoundState, to: Audience, message: RoundMessage): void {
  s.out.push({ t: 'send', to, draft: { t: 'plain', message } });
}

export function startTimer(s: RoundState, id: TimerId, afterMs: number): void {
  s.slot.timers.add(id);
  s.out.push({ t: 'timer', id, afterMs });
}

export function persist(s: RoundState, key: string, value: unknown): void {
  s.out.push({ t: 'persist', puts: [{ key, value }], deletes: [] });
}

export const slotOf = ({ config, slot }: RoundState): Slot => ({ fed: config.fed, epoch: config.epoch, round: slot.round });

export const isHere = (s: RoundState, id: PeerId): boolean => s.peers.has(id) || id === s.config.self;

/** Whether this peer leads a view of the open slot, by default the open one. */
export const leads = ({ config, slot, agreement }: RoundState, view = agreement.ballot.view): boolean =>
  leaderOf(config, slot.round, view) === config.self;

/** The federation has made as many models as the noise was calibrated for: nobody may pay for another. */
export function isFinished({ head, config }: RoundState): boolean {
  return head.record.models >= config.modelsMax;
}
