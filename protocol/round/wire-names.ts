/** The agreement's proofs under their names on the wire and on disk, where a value is a record and evidence is attestations. */
import type { AgreementDraft, Ballot, Lock, ViewChange } from '../agreement/messages.ts';
import type { Hash } from '../codec.ts';
import type { Signed } from '../identity.ts';
import type { Draft } from './effects.ts';
import type { AttestBody, ChangeMessage, RecordBody, Lock as WireLock } from './messages.ts';

export type Attest = Signed<AttestBody>;

/** What a seat's ballot is on disk. */
export interface BallotCell {
  readonly round: number;
  readonly view: number;
  readonly prepared: { readonly view: number; readonly record: RecordBody } | null;
  readonly committed: { readonly view: number; readonly record: Hash } | null;
  readonly lock: WireLock | null;
}

function lockFrom(lock: WireLock | null): Lock<RecordBody, Attest> | null {
  return lock && { view: lock.view, value: lock.record, prepares: lock.prepares, evidence: lock.attests };
}

function wireLock(lock: Lock<RecordBody, Attest> | null): WireLock | null {
  return lock && { view: lock.view, record: lock.value, prepares: lock.prepares, attests: lock.evidence };
}

export function changeFrom({ signed, lock }: ChangeMessage): ViewChange<RecordBody, Attest> {
  return { signed, lock: lockFrom(lock) };
}

export function wireDraft(draft: AgreementDraft<RecordBody, Attest>): Draft {
  switch (draft.t) {
    case 'propose': {
      const changes = draft.changes.map(({ signed, lock }): ChangeMessage => ({ t: 'change', signed, lock: wireLock(lock) }));
      return { t: 'propose', body: draft.body, record: draft.value, changes };
    }
    case 'vote':
      return { t: 'vote', body: draft.body, attests: draft.evidence };
    case 'change':
      return { t: 'change', body: draft.body, lock: wireLock(draft.lock) };
  }
}

export function ballotFrom({ view, prepared, committed, lock }: BallotCell): Ballot<RecordBody, Attest> {
  return {
    view,
    prepared: prepared && { view: prepared.view, value: prepared.record },
    committed: committed && { view: committed.view, id: committed.record },
    lock: lockFrom(lock),
  };
}

export function ballotCell(round: number, { view, prepared, committed, lock }: Ballot<RecordBody, Attest>): BallotCell {
  return {
    round,
    view,
    prepared: prepared && { view: prepared.view, record: prepared.value },
    committed: committed && { view: committed.view, record: committed.id },
    lock: wireLock(lock),
  };
}
