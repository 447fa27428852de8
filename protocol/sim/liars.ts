/**
 * Peers and cores that break the rules on purpose. Byzantine peers lie with their own key only and must be harmless up to f;
 * mutants are cores with one rule removed in every seat, and an oracle must catch each.
 */
import { hashBytes } from '../codec.ts';
import { idOf, type PeerId } from '../identity.ts';
import type { InboxLimits } from '../driver/inbox.ts';
import type { Effect } from '../round/effects.ts';
import type { RecordBody, RoundMessage, UpdateBody } from '../round/messages.ts';
import type { SimNode, Signatures } from './node.ts';
import type { OracleName } from './oracles.ts';
import type { Random } from './random.ts';

export const MUTANTS = [
  'quorum-minus-one',
  'vote-not-persisted',
  'lock-ignored',
  'one-phase',
  'ledger-ignored',
  /** Its driver sends before what comes first is durable. */
  'persist-not-awaited',
  /** Its driver's inbox takes what comes. */
  'inbox-unlimited',
] as const;
export type Mutant = (typeof MUTANTS)[number];
export const NO_LIMITS: InboxLimits = { all: Infinity, perPeer: Infinity, strangers: Infinity, perStranger: Infinity };

/** How a mutant is caught: which oracles have to speak, and whom it is to meet, where chance alone would seldom bring one. */
export interface Hunt {
  readonly by: readonly OracleName[];
  readonly lies?: readonly LiarKind[];
}
export const HUNTS: Readonly<Record<Mutant, Hunt>> = {
  'quorum-minus-one': { by: ['certificate'] },
  'vote-not-persisted': { by: ['double-vote', 'lock-kept', 'agreement'] },
  'lock-ignored': { by: ['lock-kept', 'agreement'] },
  'one-phase': { by: ['lock-kept', 'agreement'] },
  'ledger-ignored': { by: ['progress'], lies: ['two-ledgers'] },
  'persist-not-awaited': { by: ['double-vote', 'one-update'] },
  'inbox-unlimited': { by: ['bounded'], lies: ['flood'] },
};

/**
 * Members that lie: two updates of one state; one vector under two ledgers; joining and never answering, with one key and with ever new
 * ones; answering, several times, only when the round is over; updates that nobody asked for; messages in others' names; more messages
 * at once than anybody can check.
 */
export type LiarKind = 'two-updates' | 'two-ledgers' | 'silent' | 'sybil' | 'too-late' | 'unlisted' | 'forger' | 'flood';
export const LIAR_KINDS: readonly LiarKind[] = ['two-updates', 'two-ledgers', 'silent', 'sybil', 'too-late', 'unlisted', 'forger', 'flood'];

/** The mutant's way of doing this effect. */
export function mutate(mutant: Mutant, node: SimNode, effect: Effect): Effect[] {
  if (mutant === 'persist-not-awaited' && effect.t === 'persist') return [{ ...effect, lazy: true }];
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
    const others = [...node.core!.agreement.values.keys()].slice(0, 4);
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

/** To a core that tells updates apart by their vectors, the one that a proposal names under another ledger is the one that it has. */
export function overlooks(mutant: Mutant, { core }: SimNode, message: RoundMessage): boolean {
  if (mutant !== 'ledger-ignored' || message.t !== 'update') return false;
  const { by, body } = message.signed;
  const held = core?.collect.updates.get(by)?.signed.body;
  return held?.vector === body.vector && held.ledger !== body.ledger;
}

export function lieAsMember(kind: LiarKind, node: SimNode, effect: Effect, signatures: Signatures, random: Random): Effect[] {
  const isOwn = effect.t === 'send' && effect.draft.t === 'plain' && effect.draft.message.t === 'update';
  const everybody = [...new Set([...(node.core?.peers ?? []), ...node.config.seats])];
  const isTick = effect.t === 'timer' && effect.id === 'tick';
  switch (kind) {
    case 'silent':
    case 'sybil':
      return effect.t === 'train' ? [] : [effect];
    case 'too-late': {
      if (effect.t === 'train') return [];
      if (effect.t !== 'emit' || effect.event.t !== 'decided' || effect.event.certified.record.kind !== 'model') return [effect];
      const { from } = effect.event.certified.record;
      const update = unasked(node, signatures, random, { state: from.state, stateRound: from.round });
      return [effect, ...[1, 2, 3].flatMap(() => node.config.seats.map((to) => say(to, update)))];
    }
    case 'two-updates':
    case 'two-ledgers': {
      // It bears no witness: others have to.
      if (kind === 'two-ledgers' && effect.t === 'send' && effect.draft.t === 'attest') return [];
      if (!isOwn) return [effect];
      const { message } = (effect as { draft: { message: RoundMessage & { t: 'update' } } }).draft;
      if (message.signed.by !== node.id) return [effect];
      const other = kind === 'two-updates' ? twin(node, message, signatures, random) : relabelled(node, message, signatures);
      // Two ledgers do most harm where the seats hold one and everybody else the other.
      const isFirst = (to: PeerId) => (kind === 'two-ledgers' ? node.config.seats.includes(to) : random.chance(0.5));
      return everybody.map((to) => ({ t: 'send', to, draft: { t: 'plain', message: isFirst(to) ? message : other } }));
    }
    case 'unlisted':
      return isTick ? [effect, ...everybody.map((to) => say(to, unasked(node, signatures, random, node.core!.head.record)))] : [effect];
    case 'flood':
      return isTick && random.chance(FLOOD_CHANCE) ? [effect, ...flood(node, signatures, random.pick(node.config.seats))] : [effect];
    case 'forger':
      return isTick ? [effect, ...everybody.flatMap((to) => forged(node, random).map((message) => say(to, message)))] : [effect];
  }
}

/** Messages of one flood, and how often a tick brings one: more than a peer checks at a time, with the fewest that show it. */
const FLOOD = 1500;
const FLOOD_CHANCE = 0.1;

const say = (to: PeerId, message: RoundMessage): Effect => ({ t: 'send', to, draft: { t: 'plain', message } });
type UpdateMessage = RoundMessage & { readonly t: 'update' };

/** Another update from the same state, and now and then one that cannot be honest. */
function twin(node: SimNode, { signed, vector }: UpdateMessage, signatures: Signatures, random: Random): UpdateMessage {
  const other = random.chance(0.2) ? new Uint8Array(random.between(0, 40)) : vector.map((byte) => byte ^ 1);
  return { t: 'update', signed: signatures.sign(node.id, { ...signed.body, vector: hashBytes(other) }), vector: other };
}

function relabelled(node: SimNode, { signed, vector }: UpdateMessage, signatures: Signatures): UpdateMessage {
  return { t: 'update', signed: signatures.sign(node.id, { ...signed.body, ledger: hashBytes(Uint8Array.of(1)) }), vector };
}

type From = Pick<RecordBody, 'state' | 'stateRound'>;
function unasked(node: SimNode, signatures: Signatures, random: Random, { state, stateRound }: From): UpdateMessage {
  const { fed, epoch } = node.config;
  const vector = Uint8Array.from({ length: 8 }, () => random.between(0, 255));
  const [hash, ledger] = [hashBytes(vector), hashBytes(vector)];
  const body: UpdateBody = { t: 'update', fed, epoch, attempt: 0, state, stateRound, vector: hash, ledger };
  return { t: 'update', signed: signatures.sign(node.id, body), vector };
}

/** Joins of rounds to come, each good, each to be checked. */
function flood(node: SimNode, signatures: Signatures, to: PeerId): Effect[] {
  const { fed, epoch } = node.config;
  const { slot, head } = node.core!;
  return Array.from({ length: FLOOD }, (_, i) => {
    const body = { t: 'join', fed, epoch, round: slot.round + 1 + i, state: head.record.state } as const;
    return say(to, { t: 'join', signed: signatures.sign(node.id, body) });
  });
}

/** What seats and members might say, with signatures that they never made. */
function forged(node: SimNode, random: Random): RoundMessage[] {
  const { fed, epoch, seats } = node.config;
  const { head, slot, peers } = node.core!;
  const by = random.pick([...peers, ...seats]);
  const place = { fed, epoch, round: slot.round };
  const skip = skipOf(node, { ...head.record, round: slot.round, base: node.core!.headId });
  const record = idOf(skip);
  const sign = <B>(body: B, who: PeerId) => ({ body, by: who, sig: new Uint8Array(64) });
  const commits = seats.map((seat) => sign({ t: 'commit', ...place, view: 0, record } as const, seat));
  return [
    { t: 'join', signed: sign({ t: 'join', ...place, state: head.record.state }, by) },
    { t: 'vote', signed: sign({ t: 'prepare', ...place, view: 0, record }, random.pick(seats)), attests: [] },
    { t: 'record', certified: { record: skip, commits, attests: [] } },
  ];
}
