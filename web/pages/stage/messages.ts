/** Finds the new messages of a practice (sender and receiver) in the lines that the sending code wrote. Pure. */
import type { PeerId } from '#protocol/identity';
import type { Snapshot } from '#workers/api';

export interface Sent {
  /** Index of a participant; null: the seat. */
  readonly from: number;
  readonly to: number | null;
}

export interface Watch {
  /** Takes all snapshots in order. @returns the messages since the last call */
  look(snapshots: readonly (Snapshot | null)[]): readonly Sent[];
}

/** @param members ids of the participants in order; any other receiver is the seat */
export function watchMessages(members: readonly PeerId[]): Watch {
  const seen = members.map(() => -Infinity);
  return {
    look(snapshots) {
      return snapshots.flatMap((snapshot, from) => {
        const lines = snapshot?.outbox ?? [];
        const fresh = lines.filter(({ at }) => at > (seen[from] ?? -Infinity));
        seen[from] = Math.max(seen[from] ?? -Infinity, ...lines.map(({ at }) => at));
        return fresh.map(({ to }): Sent => {
          const place = members.indexOf(to);
          return { from, to: place === -1 ? null : place };
        });
      });
    },
  };
}
