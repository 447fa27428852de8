/** Connects the seats' agreement to a round: the value is a record, and effects become the core's effects. */
import { isSameSlot } from '../agreement/certificate.ts';
import type { Agreement } from '../agreement/state.ts';
import { idOf } from '../identity.ts';
import { attest, attestsFor, keepAttests } from './attest.ts';
import { judge } from './judge.ts';
import type { RecordBody } from './messages.ts';
import { attested, isWellFormed } from './record.ts';
import { persist, say, send, slotOf } from './slot.ts';
import { CELL, type RoundState } from './state.ts';
import { ballotCell, wireDraft, type Attest } from './wire-names.ts';

/** The agreement on the open slot's record. */
export function deciding(s: RoundState): Agreement<RecordBody, Attest> {
  return {
    config: s.config,
    state: s.agreement,
    caller: {
      idOf,
      judge: (record, source) => judge(s, record, source),
      isProven: (record, attests) => isSameSlot(record, slotOf(s)) && isWellFormed(record) && attested(record, attests),
      evidenceFor: (id) => attestsFor(s, id),
      keepEvidence: (attests) => keepAttests(s, attests),
      confirm: (record, id) => attest(s, record, id),
      forget: (id) => s.slot.attests.delete(id),
      entered: (view) => entered(s, view),
      lacks: (from) => say(s, from, { t: 'want', fed: s.config.fed, what: 'head', hash: null }),
      persist: (ballot) => persist(s, CELL.ballot, ballotCell(s.slot.round, ballot)),
      send: (to, draft) => send(s, to, wireDraft(draft)),
      startTimer: (afterMs) => s.out.push({ t: 'timer', id: 'view', afterMs }),
    },
  };
}

/** A list belongs to its view. */
function entered(s: RoundState, view: number): void {
  const { slot } = s;
  slot.computes = 0;
  if (!s.isSeat) return;
  Object.assign(slot, { pendingProposal: null, open: null, opening: false });
  slot.lists.clear();
  s.out.push({ t: 'persist', puts: [], deletes: [CELL.open] });
  s.out.push({ t: 'emit', event: { t: 'view', round: slot.round, view } });
}
