/**
 * What a federation's terms come to for one member: rounds, epsilon and bytes. Founding, joining, the training page, the headless peer and
 * the model card all say these numbers, and a device stops by them. T counts the federation's models, whoever made them; what an epsilon buys
 * is asked of the accountant that decides. Not how a payment is refused: that is `reserve` in budget.ts, by the same bill.
 */
import type { Hash } from '../../codec.ts';
import type { PeerId } from '../../identity.ts';
import { seatsOf, updateLength, type ManifestBody } from '../../manifest/manifest.ts';
import type { RoundMessage, SignedBody } from '../../round/messages.ts';
import { encodeMesh } from '../../wire.ts';
import type { GridPhase } from '../accountants.ts';
import type { PaidPhase } from '../rdp.ts';
import { billedEpsilon, curveTermsOf, epsilonOfRounds, roundCurve, roundsWithin, type RoundCurve } from '../round-curve.ts';
import { roundsOpen } from './statement.ts';

export type PromisedTerms = Pick<ManifestBody, 'task' | 'model' | 'privacy' | 'seats'>;

/** Where a member stands. */
export interface Standing {
  /** What its rows have paid, in whatever federation, and the delta that decides for them. */
  readonly bill: readonly PaidPhase[];
  readonly delta: number;
  /** What the owner of the rows agrees to. */
  readonly epsilon: number;
  /** What the loss distribution says; null: the Renyi bound decides. */
  readonly curve: RoundCurve | null;
  /** Models that the federation has, with the one that this member's update is under way for. */
  readonly models: number;
  /** Other people in the room: each gets a copy of every update. */
  readonly others: number;
}

export interface Promised {
  /** Rounds that this member can still take part in. */
  readonly rounds: number;
  /** Rounds that are left of the federation's T. */
  readonly left: number;
  /** What the rows will have paid after those rounds; at most what was agreed to, unless they have paid more before. */
  readonly epsilon: number;
  /** Bytes that leave for those rounds, to everybody together. */
  readonly bytes: number;
}

/** @throws MeshError field-invalid */
export function promiseOf(terms: PromisedTerms, { bill, delta, epsilon, curve, models, others }: Standing): Promised {
  const left = roundsOpen(terms, models);
  const next = mechanismOf(terms);
  const rounds = roundsWithin(epsilon, delta, { bill, next, curve, roundsMax: left });
  return {
    rounds,
    left,
    epsilon: billedEpsilon(rounds === 0 ? bill : [...bill, { ...next, rounds }], delta, curve),
    bytes: rounds * bytesOfRound(terms, others),
  };
}

/**
 * The promise to a member from the start, who agrees to all that the terms ask for and whose rows have paid for nothing else.
 * @throws MeshError field-invalid
 */
export function promiseFromStart(terms: PromisedTerms, others: number): Promised {
  const { delta, epsilon, rounds } = terms.privacy;
  const next = { ...mechanismOf(terms), rounds };
  const asked = curveTermsOf([], next, delta, epsilon);
  const all = epsilonOfRounds(next, delta, epsilon);
  // Where all rounds are within epsilon, as founding makes them, the one point says enough.
  const curve = asked === null ? null : all <= epsilon ? { ...asked, points: [[rounds, all] as const] } : roundCurve(asked);
  return promiseOf(terms, { bill: [], delta, epsilon, curve, models: 0, others });
}

/** What one round of a federation is to an accountant. */
export function mechanismOf(terms: Omit<PromisedTerms, 'seats'>): Omit<GridPhase, 'rounds'> {
  const { rate, sigma, gridBits } = terms.privacy;
  return { rate, sigma, gridBits, coordinates: updateLength(terms) };
}

/** Bytes of one update as it leaves: its numbers, and the signed body around them. */
export function bytesOfUpdate(terms: Omit<PromisedTerms, 'seats'>): number {
  return UPDATE_BYTES + 4 * updateLength(terms);
}

/**
 * Bytes that leave a member for one round: its update to everybody, and to each seat that it joins, that it recomputed the model, and
 * once where it stands. Copies for who missed one are not in it, nor the setting up of links, nor what a member says that votes.
 */
export function bytesOfRound(terms: PromisedTerms, others: number): number {
  const { ids } = seatsOf(terms);
  // Seats among the members are people of the room already.
  const relays = terms.seats.kind === 'home' ? ids.length : 0;
  return (others + relays) * bytesOfUpdate(terms) + ids.length * SEAT_BYTES;
}

const HASH = 'h'.repeat(43) as Hash;
const PEER = 'p'.repeat(44) as PeerId;
/** Of a round with two digits; one of a thousand takes two bytes more. */
const ROUND = 30;
const SLOT = { fed: HASH, epoch: 0, round: ROUND };

const lengthOf = (message: RoundMessage) => encodeMesh(message).length;
const signed = <T extends SignedBody>(body: T) => ({ body, by: PEER, sig: new Uint8Array(64) });

/** An update without its numbers; their length takes up to four bytes more to say. */
const UPDATE_BYTES =
  4 +
  lengthOf({
    t: 'update',
    signed: signed({ t: 'update', fed: HASH, epoch: 0, attempt: 0, state: HASH, stateRound: ROUND, vector: HASH, ledger: HASH }),
    vector: new Uint8Array(0),
  });

const SEAT_BYTES =
  lengthOf({ t: 'join', signed: signed({ t: 'join', ...SLOT, state: HASH }) }) +
  lengthOf({ t: 'attest', signed: signed({ t: 'attest', ...SLOT, record: HASH }) }) +
  lengthOf({ t: 'status', ...SLOT, head: HASH, state: HASH, phase: 'gathering', joined: 3, seat: false });
