/**
 * Which peers a device may link to directly, revealing its network address: nobody before it takes part, and then only members named in a
 * round's list or a certified record. A key that only entered the room does not count. Everybody else is reached through the mailbox.
 */
import type { PeerId } from '#protocol/identity';
import { ROOM_PEERS_MAX } from '#protocol/limits';
import type { RoundState } from '#protocol/round/state';

export class Acquaintances {
  /** Peers named while this device took part, the latest last. */
  readonly #members = new Set<PeerId>();
  #seen: readonly unknown[] = [];
  readonly #tell: (peers: ReadonlySet<PeerId>) => void;

  constructor(tell: (peers: ReadonlySet<PeerId>) => void) {
    this.#tell = tell;
  }

  /** After every step, and when this device joins or leaves. */
  look({ slot, head }: Pick<RoundState, 'slot' | 'head'>, takesPart: boolean): void {
    const seen = takesPart ? [slot.open, head] : [];
    if (seen.length === this.#seen.length && seen.every((value, i) => value === this.#seen[i])) return;
    this.#seen = seen;
    if (takesPart)
      this.#meet([
        ...(slot.open?.body.members ?? []),
        ...head.record.contributions.flatMap((c) => (c.kind === 'update' ? [c.member] : [])),
      ]);
    else this.#members.clear();
    this.#tell(this.#members);
  }

  #meet(members: readonly PeerId[]): void {
    for (const member of members) {
      this.#members.delete(member);
      this.#members.add(member);
    }
    for (const oldest of this.#members) {
      if (this.#members.size <= ROOM_PEERS_MAX) break;
      this.#members.delete(oldest);
    }
  }
}
