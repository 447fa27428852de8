/**
 * What a masked vector belongs to. The context id binds the federation, the state, the attempt and every term of the group; it goes into each
 * key derivation and each signed body of an attempt, so that nothing of one attempt means anything in another.
 */
import type { Slot } from '../agreement/messages.ts';
import { bodyHash, type Hash } from '../codec.ts';
import type { PeerId } from '../identity.ts';

/** One attempt of a slot: a view is never reused, and a draw within it has its own number. */
export interface At extends Slot {
  readonly view: number;
  readonly attempt: number;
}

export interface GroupTerms {
  readonly mode: 'masked' | 'shares';
  /** Sorted; a member's place here, plus 1, is where its shares are evaluated. */
  readonly members: readonly PeerId[];
  /** Each member's fresh channel key of this attempt, in the same order, 32 bytes. */
  readonly channels: readonly Uint8Array[];
  /** t: shares that open a secret, and the fewest members of a sum. */
  readonly threshold: number;
  /** c: members that may conspire with each other and with the leader. */
  readonly colluders: number;
  /** h: honest survivors whose noise shares must suffice. */
  readonly honest: number;
  /** 32-bit words of a vector. */
  readonly coordinates: number;
  readonly gridBits: number;
  /** The closed list that the members were drawn from. */
  readonly roster: Hash;
  readonly beacon: Hash;
}

/** A group's place in a draw, and its terms. */
export interface AttemptTerms {
  readonly at: At;
  /** Number of the group in the draw, from 0. */
  readonly group: number;
  /** The state that members train from, and the round that made it. */
  readonly state: Hash;
  readonly stateRound: number;
  readonly terms: GroupTerms;
}

export function groupHash(terms: GroupTerms): Hash {
  const { mode, members, channels, threshold: t, colluders: c, honest: h, coordinates, gridBits, roster, beacon } = terms;
  return bodyHash('secagg-group', { mode, members, channels, t, c, h, coordinates, gridBits, roster, beacon });
}

export function contextOf({ at, state, stateRound, terms }: AttemptTerms): Hash {
  const { fed, epoch, round, view, attempt } = at;
  return bodyHash('secagg-context', { fed, epoch, state, stateRound, round, view, attempt, group: groupHash(terms) });
}

/** Whether `a` is a later attempt than `b` in one federation. */
export function isAfter(a: At, b: At): boolean {
  const [x, y] = [a, b].map(({ epoch, round, view, attempt }) => [epoch, round, view, attempt]) as [number[], number[]];
  const differs = x.findIndex((value, i) => value !== y[i]);
  return differs >= 0 && x[differs]! > y[differs]!;
}

/** The fields of an attempt alone, for bodies. */
export const atOf = ({ fed, epoch, round, view, attempt }: At): At => ({ fed, epoch, round, view, attempt });

export const isSameAt = (a: At, b: At): boolean => a.fed === b.fed && !isAfter(a, b) && !isAfter(b, a);
