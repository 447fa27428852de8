/**
 * Peers and cores that break the rules on purpose. Byzantine peers lie with their own key only and must be harmless up to f;
 * mutants are cores with one rule removed in every seat, and an oracle must catch each.
 */
import { hashBytes } from '../codec.ts';
import { idOf, type PeerId } from '../identity.ts';
import type { Effect } from '../round/effects.ts';
import type { RecordBody, UpdateBody } from '../round/messages.ts';
import type { SimNode, Signatures } from './node.ts';
import type { Random } from './random.ts';

export type Mutant = 'quorum-minus-one' | 'vote-not-persisted' | 'lock-ignored' | 'one-phase';
export const MUTANTS: readonly Mutant[] = ['quorum-minus-one', 'vote-not-persisted', 'lock-ignored', 'one-phase'];

/** The mutant's way of doing this effect. */
export function mutate(mutant: Mutant, node: SimNode, effect: Effect): Effect[] {
  if (mutant === 'vote-not-persisted' && effect.t === 'persist') {
    return [{ ...effect, puts: effect.puts.filter((p) => p.key !== 'ballot') }];
  }
  if (effect.t !== 'send') return [effect];
  const { draft } = effect;
  if (mutant === 'lock-ignored' && draft.t === 'change') {
    return [{ ...effect, draft: { ...draft, body: { ...draft.body, lock: null }, lock: null } }];
  }
  if (mutant === 'lock-ignored' && draft.t === 'propose' && draft.body.view > 0) {
    const record = skipOf(node, draft.record); // what a leader that believes itself free may well choose
    return [{ ...effect, draft: { ...draft, body: { ...draft.body, record: idOf(record) }, record } }];
  }
  if (mutant === 'one-phase' && draft.t === 'vote' && draft.body.t === 'prepare') {
    return [effect, { ...effect, draft: { ...draft, body: { ...draft.body, t: 'commit' } } }];
  }
  return [effect];
}

function skipOf(node: SimNode, record: RecordBody): RecordBody {
  const { state, stateRound, models } = node.core!.head.record;
  return { ...record, kind: 'skip', from: { state, round: stateRound }, state, stateRound, models, contributions: [] };
}

/** A seat that proposes two records at once, votes for everything in both phases and forgets its lock. */
export function lieAsSeat(node: SimNode, effect: Effect, random: Random): Effect[] {
  if (effect.t !== 'send') return [effect];
  const { draft } = effect;
  const seats = random.shuffle(node.config.seats);
  if (draft.t === 'propose') {
    const skip = skipOf(node, draft.record);
    return seats.map((to, i) => {
      const record = i % 2 === 0 ? draft.record : skip;
      return { t: 'send', to, draft: { ...draft, body: { ...draft.body, record: idOf(record) }, record } };
    });
  }
  if (draft.t === 'vote') {
    const others = [...node.core!.slot.records.keys()].slice(0, 4);
    const lies: Effect[] = others.flatMap((record) =>
      (['prepare', 'commit'] as const).map((t): Effect => ({
        ...effect,
        to: random.pick(seats),
        draft: { ...draft, body: { ...draft.body, t, record } },
      })),
    );
    return [effect, ...lies];
  }
  if (draft.t === 'change') return [{ ...effect, draft: { ...draft, body: { ...draft.body, lock: null }, lock: null } }];
  return [effect];
}

/** A member that signs two updates from one state and sends them to different peers, and now and then one that cannot be honest. */
export function lieAsMember(node: SimNode, effect: Effect, peers: readonly PeerId[], signatures: Signatures, random: Random): Effect[] {
  if (effect.t !== 'send' || effect.draft.t !== 'plain' || effect.draft.message.t !== 'update') return [effect];
  const { message } = effect.draft;
  if (message.signed.by !== node.id) return [effect];
  const vector = random.chance(0.2) ? new Uint8Array(random.between(0, 40)) : message.vector.map((byte) => byte ^ 1);
  const body: UpdateBody = { ...message.signed.body, vector: hashBytes(vector) };
  const other = { t: 'plain', message: { t: 'update', signed: signatures.sign(node.id, body), vector } } as const;
  return [...new Set([...peers, ...node.config.seats])].map((to) => ({ t: 'send', to, draft: random.chance(0.5) ? effect.draft : other }));
}
