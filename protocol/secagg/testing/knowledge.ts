/**
 * What a leader and c members know together, as sets of shares, and which sums of honest vectors that opens. The adversary is taken for
 * better than it is: it knows a secret as soon as it has t shares, and finds every sum in which the unknown masks cancel.
 */
import type { Hash } from '../../codec.ts';
import type { PeerId } from '../../identity.ts';
import type { AttemptTerms } from '../context.ts';

/** An honest member's masked vector. */
export interface Masked {
  readonly member: PeerId;
  readonly context: Hash;
  /** Under whose masks it hides. */
  readonly dealers: readonly PeerId[];
}

export class Knowledge {
  readonly colluders: ReadonlySet<PeerId>;
  readonly terms = new Map<Hash, AttemptTerms>();
  /** Readers whose share is known, by context, kind and dealer. */
  readonly #shares = new Map<string, Set<PeerId>>();
  readonly #guessed = new Set<string>();

  constructor(colluders: ReadonlySet<PeerId>) {
    this.colluders = colluders;
  }

  addShare(context: Hash, kind: 'key' | 'seed', dealer: PeerId, reader: PeerId): void {
    const at = `${context} ${kind} ${dealer}`;
    this.#shares.set(at, (this.#shares.get(at) ?? new Set()).add(reader));
  }

  /** A secret that needed no shares. */
  addGuess(context: Hash, kind: 'key' | 'seed', dealer: PeerId): void {
    this.#guessed.add(`${context} ${kind} ${dealer}`);
  }

  knows(context: Hash, kind: 'key' | 'seed', dealer: PeerId): boolean {
    const at = `${context} ${kind} ${dealer}`;
    const { threshold } = this.terms.get(context)!.terms;
    return this.colluders.has(dealer) || this.#guessed.has(at) || (this.#shares.get(at)?.size ?? 0) >= threshold;
  }

  /** The smallest sets of honest members of one context whose sum is open. */
  opened(vectors: readonly Masked[]): PeerId[][] {
    const byMember = new Map(vectors.map((vector) => [vector.member, vector]));
    // Honest others whose stream with this member is unknown.
    const unknown = new Map(
      vectors.map(({ member, context, dealers }) => {
        const hidden = (other: PeerId) => other !== member && !this.knows(context, 'key', other) && !this.knows(context, 'key', member);
        return [member, dealers.filter(hidden)] as const;
      }),
    );
    const open = new Set(vectors.filter(({ member, context }) => this.knows(context, 'seed', member)).map(({ member }) => member));
    const isMatched = (member: PeerId) =>
      unknown.get(member)!.every((other) => open.has(other) && byMember.get(other)!.dealers.includes(member));
    for (let stuck = [...open].find((member) => !isMatched(member)); stuck !== undefined;) {
      open.delete(stuck);
      stuck = [...open].find((member) => !isMatched(member));
    }
    const sets: PeerId[][] = [];
    while (open.size > 0) {
      const set = [[...open][0]!];
      for (const member of set) {
        open.delete(member);
        set.push(...unknown.get(member)!.filter((other) => open.delete(other)));
      }
      sets.push(set);
    }
    return sets;
  }
}
