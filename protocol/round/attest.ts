/** Contributors' attestations that they recomputed a record: the evidence that a model needs. */
import { isSameSlot } from '../agreement/certificate.ts';
import type { Hash } from '../codec.ts';
import { ATTESTS_MAX } from '../limits.ts';
import type { RecordBody } from './messages.ts';
import { hasMember } from './record.ts';
import { send, slotOf } from './slot.ts';
import type { RoundState } from './state.ts';
import type { Attest } from './wire-names.ts';

export function keepAttests(s: RoundState, list: readonly Attest[]): void {
  const { slot, agreement } = s;
  for (const signed of list) {
    const id = signed.body.record;
    const record = agreement.values.get(id);
    // Without the record nobody can tell a contributor from a stranger: the voter that attached it will repeat it.
    if (record === undefined || !isSameSlot(signed.body, slotOf(s)) || !hasMember(record, signed.by)) continue;
    let byMember = slot.attests.get(id);
    if (byMember === undefined) slot.attests.set(id, (byMember = new Map()));
    if (!byMember.has(signed.by)) byMember.set(signed.by, signed);
  }
}

export const attestsFor = (s: RoundState, id: Hash): Attest[] => [...(s.slot.attests.get(id)?.values() ?? [])].slice(0, ATTESTS_MAX);

/** A contributor that found a model correct attests to it, seat or not. */
export function attest(s: RoundState, record: RecordBody, id: Hash): void {
  if (!hasMember(record, s.config.self)) return;
  send(s, 'seats', { t: 'attest', body: { t: 'attest', ...slotOf(s), record: id } });
}
