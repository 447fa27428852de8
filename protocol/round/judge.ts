/** Whether this peer would decide a proposed record: by its own head, what it has collected, and its own recomputation. */
import { isSameSlot } from '../agreement/certificate.ts';
import type { PeerId } from '../identity.ts';
import { COMPUTES_PER_VIEW_MAX, STATES_PER_SLOT_MAX } from '../limits.ts';
import { collect } from './collect/chosen.ts';
import type { Contribution, RecordBody } from './messages.ts';
import { isWellFormed } from './record.ts';
import { slotOf } from './slot.ts';
import type { RoundState } from './state.ts';

/** Names the inputs of a state: the head's state and these vectors, in order of members. isSameUpdate compares who made them. */
export function listKey({ head }: RoundState, contributions: readonly Contribution[]): string {
  return [head.record.state, ...contributions.map((c) => c.vector)].join(' ');
}

/** Requests the state of these contributions, once; needs every vector. */
export function compute(s: RoundState, contributions: readonly Contribution[]): void {
  const key = listKey(s, contributions);
  const { slot } = s;
  if (s.stateBytes === null || slot.computed.has(key) || slot.computes >= COMPUTES_PER_VIEW_MAX) return;
  const vectors = collect.vectorsOf(s, contributions);
  if (vectors === null) return;
  if (slot.computed.size >= STATES_PER_SLOT_MAX) {
    const oldest = [...slot.computed].find(([, state]) => state !== 'pending');
    if (oldest !== undefined) slot.computed.delete(oldest[0]);
  }
  slot.computed.set(key, 'pending');
  slot.computes++;
  s.out.push({ t: 'aggregate', key, base: s.stateBytes, vectors });
}

/** `waiting` means that something is still missing; contributions are requested from `source`. */
export function judge(s: RoundState, record: RecordBody, source: PeerId | null): 'valid' | 'waiting' | 'invalid' {
  const { config, head } = s;
  if (!isSameSlot(record, slotOf(s)) || record.base !== s.headId || record.kernel !== config.kernel) return 'invalid';
  const { contributions, from } = record;
  if (!isWellFormed(record) || from.state !== head.record.state || from.round !== head.record.stateRound) return 'invalid';
  if (record.models !== head.record.models + (record.kind === 'model' ? 1 : 0)) return 'invalid';
  if (record.kind === 'skip') return 'valid';
  if (record.models > config.modelsMax) return 'invalid';
  if (contributions.length < config.minContributors || contributions.length > config.maxContributors) return 'invalid';
  if (collect.vectorsOf(s, contributions) === null) {
    if (source !== null) collect.ask(s, record, source);
    return 'waiting';
  }
  const result = s.slot.computed.get(listKey(s, contributions));
  if (result === undefined) compute(s, contributions);
  if (s.stateBytes === null || result === undefined || result === 'pending') return 'waiting';
  return result.hash === record.state ? 'valid' : 'invalid';
}
