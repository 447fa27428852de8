/** How a silent leader is replaced: changes of view, each with the highest lock of its sender (PBFT 4.4). */
import { idOf } from '../identity.ts';
import { VIEW_AHEAD_MAX } from '../limits.ts';
import { enterView, isLeader, keepAttests, keepChange, slotOf } from './ballot.ts';
import { lead } from './open.ts';
import type { ChangeMessage } from './messages.ts';
import { isChange } from './record.ts';
import { send, startTimer } from './slot.ts';
import type { RoundState } from './state.ts';

function changeTo(s: RoundState, view: number): void {
  enterView(s, view, false);
  sendChange(s);
}

export function sendChange(s: RoundState): void {
  const { view, lock } = s.slot.ballot;
  const named = lock === null ? null : { view: lock.view, record: idOf(lock.record) };
  send(s, 'seats', { t: 'change', body: { t: 'change', ...slotOf(s), view, lock: named }, lock });
}

export function onViewTimer(s: RoundState): void {
  s.slot.timers.delete('view');
  changeTo(s, s.slot.ballot.view + 1);
}

export function onChange(s: RoundState, change: ChangeMessage): void {
  const { slot, config } = s;
  if (change.signed.body.view > slot.ballot.view + VIEW_AHEAD_MAX || !isChange(config, change)) return;
  keepChange(s, change);
  if (change.lock !== null) keepAttests(s, change.lock.attests);
  // f + 1 seats ahead cannot all be liars: go with the lowest view that f + 1 of them want.
  const ahead = [...slot.changes.values()]
    .map((c) => c.signed.body.view)
    .filter((view) => view > slot.ballot.view)
    .sort((a, b) => b - a);
  const wanted = ahead[config.f];
  if (wanted !== undefined) changeTo(s, wanted);
  afterChanges(s);
}

function afterChanges(s: RoundState): void {
  const { slot, config } = s;
  const { view } = slot.ballot;
  if (view === 0) return;
  const together = [...slot.changes.values()].filter((c) => c.signed.body.view >= view).length >= config.quorum;
  // The clock of a view runs once a quorum is in it, so that no seat runs ahead alone (PBFT 4.5.2).
  if (together && !slot.timers.has('view')) startTimer(s, 'view', config.takeoverMs);
  if (isLeader(s) && slot.proposed === null && slot.wish === null && slot.open === null && !slot.opening) lead(s);
}
