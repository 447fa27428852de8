/**
 * What a federation's terms mean for one member: rounds, epsilon and bytes. Founding, joining, the training page, the headless peer and the
 * model card all show these figures, and a device stops by them. T counts the federation's models, whoever made them; the deciding
 * accountant says what an epsilon buys. `reserve` in budget.ts refuses payments, by the same bill.
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
  /** What its rows have paid in any federation, and the delta that applies to them. */
  readonly bill: readonly PaidPhase[];
  readonly delta: number;
  /** What the owner of the rows agrees to. */
  readonly epsilon: number;
  /** The loss distribution's answer; if null, the Renyi bound decides. */
  readonly curve: RoundCurve | null;
  /** Models that the federation has, including the one that this member's pending update is for. */
  readonly models: number;
  /** Other people in the room: each gets a copy of every update. */
  readonly others: number;
}

export interface Promised {
  /** Rounds that this member can still take part in. */
  readonly rounds: number;
  /** Rounds left of the federation's T. */
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
 * The promise to a member who joins at the start, agrees to everything the terms ask for, and whose rows have paid for nothing else.
 * @throws MeshError field-invalid
 */
export function promiseFromStart(terms: PromisedTerms, others: number): Promised {
  const { delta, epsilon, rounds } = terms.privacy;
  const next = { ...mechanismOf(terms), rounds };
  const asked = curveTermsOf([], next, delta, epsilon);
  const all = epsilonOfRounds(next, delta, epsilon);
  // If all rounds fit into epsilon, as founding ensures, one point is enough.
  const curve = asked === null ? null : all <= epsilon ? { ...asked, points: [[rounds, all] as const] } : roundCurve(asked);
  return promiseOf(terms, { bill: [], delta, epsilon, curve, models: 0, others });
}

/** One round of a federation, as an accountant sees it. */
export function mechanismOf(terms: Omit<PromisedTerms, 'seats'>): Omit<GridPhase, 'rounds'> {
  const { rate, sigma, gridBits } = terms.privacy;
  return { rate, sigma, gridBits, coordinates: updateLength(terms) };
}

/** Bytes of one update as it leaves: its numbers, and the signed body around them. */
export function bytesOfUpdate(terms: Omit<PromisedTerms, 'seats'>): number {
  return UPDATE_BYTES + 4 * updateLength(terms);
}

/**
 * Bytes that leave a member in one round: its update to everybody, and to each seat its join, its attestation and one status. It leaves out
 * copies for peers that missed one, the setting up of links, and the votes of a member that is a seat.
 */
export function bytesOfRound(terms: PromisedTerms, others: number): number {
  const { ids } = seatsOf(terms);
  // Seats among the members are people of the room already.
  const relays = terms.seats.kind === 'home' ? ids.length : 0;
  return (others + relays) * bytesOfUpdate(terms) + ids.length * SEAT_BYTES;
}

const HASH = 'h'.repeat(43) as Hash;
const PEER = 'p'.repeat(44) as PeerId;
/** For a round number with two digits; four digits take two bytes more. */
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
