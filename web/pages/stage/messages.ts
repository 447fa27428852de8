/** Which messages of a practice are new since the last look, from the lines that the sending code wrote: who sent, and to whom. Pure. */
import type { PeerId } from '#protocol/identity';
import type { Snapshot } from '#workers/api';

export interface Sent {
  /** A participant by its place; null: the seat. */
  readonly from: number;
  readonly to: number | null;
}

export interface Watch {
  /** Told all snapshots in order. @returns what was sent since the last call */
  look(snapshots: readonly (Snapshot | null)[]): readonly Sent[];
}

/** @param members ids of the participants in their order; whoever else is written to is the seat */
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
