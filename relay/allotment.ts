/**
 * What one federation may need from a relay that is its seat, computed from its manifest alone: bytes on disk, reserved from publication
 * on, and bytes of memory while its seat is open. Upper bounds of what protocol/round keeps, not measurements.
 */
import { networkOf, updateLength, type ManifestBody } from '#protocol/manifest/manifest';
import { STATES_KEPT, STATES_PER_SLOT_MAX, UPDATES_KEPT_ROUNDS } from '#protocol/limits';

/** Names, shapes and signatures around the numbers of a state or an update. */
const AROUND_BYTES = 16 * 1024;
/**
 * Bytes of records, votes and lists that a federation may always keep, whatever others do to the disk: some thousand rounds with few
 * members.
 */
const RECORDS_BYTES = 4 * 1024 * 1024;

export interface Allotment {
  /** Bytes of one state. */
  readonly state: number;
  /** Bytes of the kept states; they are charged to its steward. */
  readonly states: number;
  /** Total bytes on disk. */
  readonly disk: number;
  /** Bytes in memory while its seat is open. */
  readonly memory: number;
}

export function allotmentOf(body: ManifestBody): Allotment {
  const update = 4 * updateLength(body) + AROUND_BYTES;
  const perParameter = body.rule.optimizer === undefined ? 8 : 12;
  const state = perParameter * networkOf(body).parameterCount + AROUND_BYTES;
  const updates = body.rounds.maxContributors * update;
  // One more: it is written before the one it replaces is deleted. Beside the updates of the open round are second ones of its liars.
  const states = (STATES_KEPT + 1) * state;
  return {
    state,
    states,
    disk: states + (UPDATES_KEPT_ROUNDS + 2) * updates + RECORDS_BYTES,
    memory: (STATES_PER_SLOT_MAX + 2) * state + 2 * updates,
  };
}
