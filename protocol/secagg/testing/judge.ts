/**
 * The oracles of the games. `clear`: a vector, a difference of two, or a sum of fewer than t - c honest vectors is open. `once`: two lots in a
 * context, or a vector in two. `below-t`: shares left for a sum of fewer than t. `honest-named`: two bodies of somebody honest in one context.
 */
import type { Hash } from '../../codec.ts';
import { idOf, type PeerId, type Signed } from '../../identity.ts';
import type { CommitmentBody, FromMember, SurvivorsBody } from '../messages.ts';
import { thresholdOf } from '../parameters.ts';
import { keptOf } from '../survivors.ts';
import type { Knowledge, Masked } from './knowledge.ts';
import type { Group } from './mesh.ts';
import type { MemberShell } from './shells.ts';
import * as toy from './toy-ciphers.ts';

export type Oracle = 'clear' | 'once' | 'below-t' | 'honest-named' | 'exact' | 'live';
export interface Verdict {
  readonly oracle: Oracle;
  readonly detail: string;
}

export interface Outcome {
  readonly violations: readonly Verdict[];
  readonly contexts: number;
  readonly vectors: number;
  /** Sums of at least t - c honest vectors, which the protocol gives to the leader. */
  readonly opened: number;
  readonly refused: number;
  readonly crashes: number;
}

export type SaidBy<T extends FromMember['t']> = Extract<FromMember, { readonly t: T }>;

/** What is judged. */
export interface Played {
  readonly group: Group;
  /** Whether every secret is worth a search. */
  readonly hasShortSeeds: boolean;
  readonly honest: ReadonlyMap<PeerId, MemberShell>;
  readonly knowledge: Knowledge;
  readonly survivors: ReadonlyMap<Hash, SurvivorsBody>;
  /** What honest members said. */
  heard<T extends FromMember['t']>(t: T): SaidBy<T>[];
}

/** What the adversary learnt, and what honest members did. */
export function judge(game: Played): Pick<Outcome, 'violations' | 'contexts' | 'vectors' | 'opened'> {
  const { knowledge, survivors } = game;
  const violations: Verdict[] = [];
  for (const { signed } of game.heard('unmask')) learn(game, signed.by, signed.body.context, signed.body.survivors);
  if (game.hasShortSeeds) guess(game);
  const sent = new Map(game.heard('masked').map(({ signed, vector }) => [idOf(signed.body), { signed, vector }]));
  const vectors = [...sent.values()].map(({ signed }): Masked => {
    const { dealers } = game.honest.get(signed.by)!.spent.masks.get(signed.body.vector)!;
    return { member: signed.by, context: signed.body.context, dealers };
  });
  const contexts = new Set(vectors.map(({ context }) => context));
  let opened = 0;
  for (const context of contexts) {
    const { threshold, colluders } = knowledge.terms.get(context)!.terms;
    for (const set of knowledge.opened(vectors.filter((vector) => vector.context === context))) {
      if (set.length < threshold - colluders) violations.push({ oracle: 'clear', detail: `a sum of ${set.length} honest vectors` });
      else opened++;
    }
  }
  for (const [member, { spent }] of game.honest) {
    const own = [...sent.values()].filter(({ signed }) => signed.by === member);
    if (new Set(spent.lots).size < spent.lots.length) violations.push({ oracle: 'once', detail: 'two lots in a context' });
    if (new Set(own.map(({ signed }) => signed.body.vector)).size < own.length)
      violations.push({ oracle: 'once', detail: 'a vector twice' });
    for (const [i, first] of own.entries()) {
      for (const second of own.slice(i + 1))
        if (isBare(first, second, spent.own)) violations.push({ oracle: 'clear', detail: 'a difference' });
    }
    const signed = [...own.map((one) => one.signed), ...game.heard('consistent').map((one) => one.signed)].filter(
      ({ by }) => by === member,
    );
    const bodies = new Map(signed.map(({ body }) => [idOf(body), `${body.t} ${body.context}`]));
    if (new Set(bodies.values()).size < bodies.size) violations.push({ oracle: 'honest-named', detail: 'two bodies in a context' });
  }
  for (const { signed } of game.heard('unmask')) {
    const { members } = knowledge.terms.get(signed.body.context)!.terms;
    const kept = keptOf(members, survivors.get(signed.body.survivors)!.kept)!;
    const { colluders, honest } = game.group;
    if (kept.length < thresholdOf(members.length, colluders, honest))
      violations.push({ oracle: 'below-t', detail: `shares for a sum of ${kept.length}` });
  }
  return { violations, contexts: contexts.size, vectors: vectors.length, opened };
}

/** An answer shows one secret's share of each dealer. */
function learn({ knowledge, survivors, honest }: Played, reader: PeerId, context: Hash, set: Hash): void {
  const { members } = knowledge.terms.get(context)!.terms;
  const kept = keptOf(members, survivors.get(set)!.kept)!;
  const masked = [...honest.get(reader)!.spent.masks.values()].filter((mask) => mask.context === context);
  for (const dealer of masked.flatMap(({ dealers }) => dealers)) {
    knowledge.addShare(context, kept.includes(dealer) ? 'seed' : 'key', dealer, reader);
  }
}

/** Every secret of 16 bits, by trying them all against the commitments of one dealer. */
function guess(game: Played): void {
  const table = new Map<string, true>();
  for (const { signed } of game.heard('deal').slice(0, 1)) {
    for (const [kind, bytes] of [['key', signed.body.keys] as const, ['seed', signed.body.seeds] as const]) {
      const point = toy.TOY.decode(bytes.slice(0, 32));
      for (let secret = 1n; secret < 2n ** 16n && !table.has(kind); secret++) if (toy.TOY.base(secret) === point) table.set(kind, true);
      if (table.has(kind)) game.knowledge.addGuess(signed.body.context, kind, signed.by);
    }
  }
}

type Sent = { readonly signed: Signed<CommitmentBody>; readonly vector: Uint8Array };

/** Whether the difference of two masked vectors is that of the vectors beneath. */
function isBare(first: Sent, second: Sent, own: ReadonlyMap<Hash, Uint32Array>): boolean {
  const [y1, y2] = [first, second].map(({ vector }) => toy.wordsOf(vector)) as [Uint32Array, Uint32Array];
  const [x1, x2] = [first, second].map(({ signed }) => own.get(signed.body.vector)!) as [Uint32Array, Uint32Array];
  if (first.signed.body.vector === second.signed.body.vector) return false;
  return y1.every((word, i) => (word - y2[i]!) >>> 0 === (x1[i]! - x2[i]!) >>> 0);
}
