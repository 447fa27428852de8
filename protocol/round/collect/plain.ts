/** How updates are gathered: one a member, from those alone who were asked for one. What a list does with them is propose.ts. */
import type { ErrorCode } from '../../errors.ts';
import type { PeerId, Signed } from '../../identity.ts';
import { CONTRIBUTORS_MAX } from '../../limits.ts';
import { isHere } from '../ballot.ts';
import type { UpdateBody } from '../messages.ts';
import { proposeWhenReady } from '../propose.ts';
import { contributionOf, hasMember, isSameUpdate, updateId } from '../record.ts';
import { persist, say } from '../slot.ts';
import { isLate, noteArrival, noteLate } from '../standing.ts';
import { CELL, type RoundState } from '../state.ts';
import { reconsiderLatest } from '../voting.ts';

export interface Refusal {
  readonly code: ErrorCode;
  readonly field: string;
}

/**
 * Why an update can be of no use here, whatever its signature and its vector are: asked before either is looked at, so that vectors of
 * strangers cost no more than their way here.
 */
export function refusalOf(s: RoundState, { body, by }: Signed<UpdateBody>): Refusal | null {
  const { head } = s;
  if (body.state !== head.record.state || body.stateRound !== head.record.stateRound) return { code: 'stale', field: 'state' };
  if (body.attempt !== 0) return { code: 'out-of-bound', field: 'attempt' };
  return s.updates.has(by) || isAwaited(s, by) ? null : { code: 'not-listed', field: 'member' };
}

/** It has joined, and the list that may name it is not here yet: no answer is better than one that alarms a person. */
export const isEarly = (s: RoundState, by: PeerId): boolean => s.slot.open === null && s.slot.joins.has(by) && isHere(s, by);

export function onUpdate(s: RoundState, from: PeerId, signed: Signed<UpdateBody>, vector: Uint8Array): void {
  const { config, head } = s;
  const { body, by } = signed;
  const refuse = ({ code, field }: Refusal) => say(s, from, { t: 'refuse', fed: config.fed, code, about: body.vector, field });
  const refusal = refusalOf(s, signed);
  if (refusal !== null) {
    if (isLate(s, signed) && config.checkVector(vector) === null) noteLate(s, by);
    return isEarly(s, by) ? undefined : refuse(refusal);
  }
  const held = s.updates.get(by);
  if (held !== undefined && !isSameUpdate(held.signed, contributionOf(signed))) {
    if (!second(s, signed, vector)) refuse({ code: 'conflict', field: 'vector' });
    return;
  }
  if (held === undefined) {
    const fault = config.checkVector(vector);
    if (fault !== null) return refuse({ code: fault, field: 'vector' });
    if (s.updates.size >= CONTRIBUTORS_MAX) {
      const guest = [...s.updates.keys()].find((id) => !isAwaited(s, id));
      if (guest === undefined) return refuse({ code: 'quota', field: 'member' });
      s.updates.delete(guest);
      s.out.push({ t: 'persist', puts: [], deletes: [CELL.update(head.record.stateRound, guest)] });
    }
    s.updates.set(by, { signed, vector });
    noteArrival(s, by);
    if (s.isSeat) persist(s, CELL.update(head.record.stateRound, by), { signed, vector });
  }
  if (s.isSeat) say(s, from, { t: 'ack', fed: config.fed, update: updateId(signed) });
  if (held !== undefined) return;
  reconsiderLatest(s);
  proposeWhenReady(s, false);
}

/** Members that were asked for an update from this state: by the last list, or by a leader whose proposal names one that it has. */
function isAwaited(s: RoundState, id: PeerId): boolean {
  const { proposals, ballot, records } = s.slot;
  const proposed = proposals.get(ballot.view);
  const record = proposed && records.get(proposed.record);
  return s.called.has(id) || (record !== undefined && hasMember(record, id));
}

/** A member signed two updates from one state. Those that proposals name are kept beside the first; others are refused. */
function second(s: RoundState, signed: Signed<UpdateBody>, vector: Uint8Array): boolean {
  const { records, alternates, proposals, ballot } = s.slot;
  const namedBy = (of: Signed<UpdateBody>, list: readonly (typeof records extends Map<unknown, infer R> ? R : never)[]) =>
    list.some((r) => r.contributions.some((c) => isSameUpdate(of, c)));
  if (!namedBy(signed, [...records.values()]) || s.config.checkVector(vector) !== null) return false;
  if (alternates.size >= CONTRIBUTORS_MAX) {
    // A lying leader names as many as it likes: what the latest proposal needs has a place.
    const latest = records.get(proposals.get(ballot.view)?.record ?? ('' as never));
    const needed = latest === undefined ? [] : [latest];
    const spare = [...alternates].find(([, held]) => !namedBy(held.signed, needed));
    if (spare === undefined || !namedBy(signed, needed)) return false;
    alternates.delete(spare[0]);
  }
  alternates.set(updateId(signed), { signed, vector });
  reconsiderLatest(s);
  return true;
}
