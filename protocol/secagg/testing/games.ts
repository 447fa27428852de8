/**
 * Games of a malicious leader and c members against the honest members' real machines. The adversary owns the mail and the seat that
 * certifies, crashes honest members, and plays scripted attacks mixed with random moves. Oracles judge what it has learnt, and what honest
 * members have signed.
 */
import { hashBytes, toBase64Url, type Hash } from '../../codec.ts';
import { idOf, type PeerId } from '../../identity.ts';
import { inclusionProof, leafHash, merkleRoot } from '../../merkle.ts';
import { id } from '../../round/core.fixture.ts';
import { seeded, type Random } from '../../sim/random.ts';
import { atOf, contextOf, type AttemptTerms } from '../context.ts';
import type { Secrets } from '../effects.ts';
import type { DealBody, DealtShare, FromCarrier, FromMember, SurvivorsBody } from '../messages.ts';
import { dealsHash, keptBits, keptOf } from '../survivors.ts';
import { judge, type Outcome, type Played, type SaidBy } from './judge.ts';
import { Knowledge } from './knowledge.ts';
import { checkTerms, namesOf, RELAY, termsOf, type Group } from './mesh.ts';
import { isAuthentic, MemberShell, sign, type Mail } from './shells.ts';
import { dealJob } from './toy-jobs.ts';

export const MUTANTS = ['no-consistency', 't-too-low', 'stream-reused', 'old-bytes', 'not-durable', 'short-seeds', 'enters-again'] as const;
export type Mutant = (typeof MUTANTS)[number];
const GROUPS: readonly Group[] = [
  { size: 4, colluders: 1, honest: 2 },
  { size: 6, colluders: 1, honest: 3 },
  { size: 7, colluders: 2, honest: 3 },
  { size: 8, colluders: 1, honest: 4 },
];
const PLANS = ['fair', 'split', 'scatter', 'sign-again', 'random'] as const;

export class Game implements Played {
  readonly random: Random;
  readonly group: Group;
  readonly mutant: Mutant | null;
  readonly names: readonly PeerId[];
  readonly colluders: ReadonlySet<PeerId>;
  readonly knowledge: Knowledge;
  readonly honest = new Map<PeerId, MemberShell>();
  /** Everything that honest members have said. */
  readonly said: Mail[] = [];
  /** Everything that the adversary has said, for replays. */
  readonly told: Mail[] = [];
  readonly survivors = new Map<Hash, SurvivorsBody>();
  /** Deals of colluders, by context. */
  readonly dealt = new Map<string, SaidBy<'deal'>>();
  readonly #own = new Map<PeerId, Secrets>();
  /** How much of an attempt is random moves beside its plan. */
  #noise = 0;

  constructor(seed: number, mutant: Mutant | null = null) {
    this.random = seeded(seed);
    this.mutant = mutant;
    this.group = this.random.pick(GROUPS);
    this.names = namesOf(this.group.size);
    this.colluders = new Set(this.random.shuffle(this.names).slice(0, this.group.colluders));
    this.knowledge = new Knowledge(this.colluders);
    for (const self of this.names) if (!this.colluders.has(self)) this.honest.set(self, this.#memberOf(self));
  }

  #memberOf(self: PeerId): MemberShell {
    const { mutant } = this;
    const check = (attempt: AttemptTerms) => {
      const stranger = attempt.terms.members.some((member) => !this.names.includes(member));
      if (stranger) return { code: 'not-listed' as const, field: 'members' };
      return mutant === 't-too-low' ? null : checkTerms(attempt);
    };
    const config = { self, checkTerms: check, isQuorum: (seats: readonly PeerId[]) => seats.includes(RELAY) };
    const member = new MemberShell(config, this.random, (mail) => this.said.push(mail));
    if (mutant === 'short-seeds') member.secretBits = 16;
    if (mutant === 'stream-reused') member.reuses = true;
    if (mutant === 'not-durable') {
      member.disk.skips = (value) => ['signed', 'answered'].includes((value as { attempt: { stage: string } | null }).attempt?.stage ?? '');
    }
    if (mutant === 'old-bytes') {
      let old: Uint8Array | null = null;
      member.answer = (fresh) => (old ??= fresh).slice();
    }
    return member;
  }

  get hasShortSeeds(): boolean {
    return this.mutant === 'short-seeds';
  }

  play(): Outcome {
    const attempts = this.random.between(2, 3);
    for (let view = 0; view < attempts; view++) this.#attempt(view);
    const { violations, contexts, vectors, opened } = judge(this);
    const refused = [...this.honest.values()].flatMap(({ spent }) => spent.events).filter(({ t }) => t === 'refused').length;
    const crashes = [...this.honest.values()].reduce((sum, { restarts }) => sum + restarts, 0);
    return { violations, contexts, vectors, opened, refused, crashes };
  }

  // --- the adversary ---

  #maybe(probability: number): boolean {
    return this.random.chance(probability * this.#noise);
  }

  #attempt(view: number): void {
    const { random } = this;
    this.#noise = random.pick([0, 0.3, 1]);
    const { threshold } = termsOf(this.group, random).attempt.terms;
    const low = this.mutant === 't-too-low' ? { threshold: Math.floor((this.group.size + this.group.colluders) / 2) } : { threshold };
    const { attempt, channels } = termsOf({ ...this.group, ...low }, random, { view });
    for (const member of this.honest.values()) if (this.#maybe(0.3)) member.disk.crashAt = member.disk.moments + random.between(0, 15);
    for (const [self, member] of this.honest) {
      const terms = this.#maybe(0.1) ? this.#others(attempt) : attempt;
      this.knowledge.terms.set(contextOf(terms), terms);
      if (this.mutant === 'enters-again') member.state.last = null;
      member.input({ t: 'enter', attempt: terms, leader: RELAY, channel: channels.get(self)!.slice() });
      // A second draw in one attempt, after a crash.
      if (this.#maybe(0.1)) member.crash();
      if (this.#maybe(0.1) || this.mutant === 'enters-again') {
        if (this.mutant === 'enters-again' && view > 0) member.state.last = null;
        member.input({ t: 'enter', attempt: terms, leader: RELAY, channel: channels.get(self)!.slice() });
      }
    }
    const contexts = [...new Set([...this.honest.values()].flatMap(({ state }) => state.attempt?.context ?? []))];
    for (const context of contexts) this.#group(context, this.knowledge.terms.get(context)!, channels);
    if (this.mutant === 'enters-again') this.#again(attempt, channels);
  }

  /** The mutant's second life in a context: a second lot under the same name. */
  #again(attempt: AttemptTerms, channels: ReadonlyMap<PeerId, Uint8Array>): void {
    for (const [self, member] of this.honest) {
      member.state.last = null;
      member.input({ t: 'enter', attempt, leader: RELAY, channel: channels.get(self)!.slice() });
    }
    this.#group(contextOf(attempt), attempt, channels);
  }

  /** Other terms for one victim: a lower threshold, fewer members, a minted key, nobody who conspires. */
  #others(attempt: AttemptTerms): AttemptTerms {
    const { terms } = attempt;
    const without = terms.members.length - 1;
    return this.random.pick<AttemptTerms>([
      { ...attempt, terms: { ...terms, threshold: Math.max(2, terms.threshold - 1) } },
      { ...attempt, terms: { ...terms, members: terms.members.slice(0, without), channels: terms.channels.slice(0, without) } },
      { ...attempt, terms: { ...terms, members: [...terms.members.slice(0, without), id('z')] } },
      { ...attempt, terms: { ...terms, colluders: 0 } },
      { ...attempt, terms: { ...terms, honest: terms.honest + 1 } },
      { ...attempt, at: { ...attempt.at, attempt: 1 } },
    ]);
  }

  #group(context: Hash, attempt: AttemptTerms, channels: ReadonlyMap<PeerId, Uint8Array>): void {
    const { random } = this;
    const members = [...this.honest.keys()].filter((member) => this.honest.get(member)!.state.attempt?.context === context);
    const deals = this.#deals(context, attempt, channels);
    for (const member of members) {
      const list = this.#maybe(0.15) ? random.shuffle(deals).slice(1) : deals;
      this.#say(member, this.#bundle(context, attempt, member, list));
      this.#disturb(member);
    }
    const ready = new Set(members.filter((member) => this.honest.get(member)!.state.attempt?.stage === 'ready'));
    const refs = deals
      .filter(({ signed: { by } }) => ready.has(by) || this.colluders.has(by))
      .map(({ signed: { by, body } }) => ({ member: by, deal: idOf(body) }))
      .sort((x, y) => (x.member < y.member ? -1 : 1));
    for (const member of ready) {
      const fewer = refs.filter(({ member: other }) => other === member || random.chance(0.8));
      const lists = this.#maybe(0.15) ? [fewer, refs] : this.#maybe(0.15) ? [refs, fewer] : [refs];
      for (const dealers of lists) {
        this.#say(member, { t: 'begin', signed: sign({ t: 'begin', ...atOf(attempt.at), context, dealers }, RELAY) });
      }
      this.#disturb(member);
    }
    this.#survive(
      context,
      attempt,
      dealsHash(refs),
      refs.map(({ member }) => member),
    );
  }

  /** The latest deal of each dealer in this context; colluders deal honestly, and know their shares. */
  #deals(context: Hash, attempt: AttemptTerms, channels: ReadonlyMap<PeerId, Uint8Array>): SaidBy<'deal'>[] {
    const { terms } = attempt;
    for (const self of this.colluders) {
      if (!terms.members.includes(self) || this.dealt.has(`${context} ${self}`)) continue;
      const { members, threshold, channels: publics } = terms;
      const job = { t: 'deal' as const, context, members, threshold, self, channel: channels.get(self)!, channels: publics };
      // Its own secrets again, so that it can take its masks off two attempts at once.
      const { keys, seeds, shares, secrets } = dealJob(job, this.random, 60, this.#own.get(self));
      this.#own.set(self, secrets);
      const sealed = toBase64Url(merkleRoot(shares.map(leafHash))) as Hash;
      const body: DealBody = { t: 'deal', ...atOf(attempt.at), context, keys, seeds, sealed };
      this.dealt.set(`${context} ${self}`, { t: 'deal', signed: sign(body, self), shares });
    }
    const all = this.heard('deal').filter(({ signed }) => signed.body.context === context);
    const latest = new Map(all.map((deal) => [deal.signed.by, deal]));
    for (const dealer of latest.keys()) {
      for (const reader of this.colluders) {
        if (!terms.members.includes(reader)) continue;
        this.knowledge.addShare(context, 'key', dealer, reader);
        this.knowledge.addShare(context, 'seed', dealer, reader);
      }
    }
    const own = [...this.colluders].flatMap((self) => this.dealt.get(`${context} ${self}`) ?? []);
    return [...latest.values(), ...own];
  }

  #bundle(context: Hash, { terms }: AttemptTerms, to: PeerId, list: readonly SaidBy<'deal'>[]): FromCarrier {
    const deals = list.flatMap(({ signed, shares }): DealtShare[] => {
      if (signed.by === to) return [];
      const index = terms.members.filter((member) => member !== signed.by).indexOf(to);
      const swapped = this.#maybe(0.01) ? (index + 1) % shares.length : index;
      return [{ deal: signed, share: shares[swapped]!, path: inclusionProof(shares.map(leafHash), index) }];
    });
    return { t: 'dealt', context, deals };
  }

  /** Two survivor sets, one for each reader, one after another: whatever seats of the adversary's certify. */
  #survive(context: Hash, attempt: AttemptTerms, deals: Hash, dealers: readonly PeerId[]): void {
    const { random } = this;
    const { threshold, colluders } = attempt.terms;
    const readers = [...this.honest.keys()].filter((member) => dealers.includes(member));
    if (readers.length === 0) return;
    const victim = random.pick(readers);
    const others = random.shuffle(readers.filter((member) => member !== victim));
    const all = dealers;
    const withoutVictim = dealers.filter((member) => member !== victim);
    const setOf = (kept: readonly PeerId[]) => this.#setOf(context, attempt, deals, kept);
    const plan = random.pick(PLANS);
    if (plan === 'fair') this.#agree(context, new Map(readers.map((member) => [member, setOf(all)])));
    if (plan === 'split') {
      const half = new Set([victim, ...others.slice(0, Math.max(0, threshold - colluders - 1))]);
      this.#agree(context, new Map(readers.map((member) => [member, setOf(half.has(member) ? all : withoutVictim)])));
    }
    if (plan === 'scatter')
      this.#agree(context, this.#scattered(readers, others.slice(Math.max(0, threshold - colluders - 2)), all, threshold, setOf));
    if (plan === 'sign-again') {
      for (const set of [all, withoutVictim]) {
        this.#agree(context, new Map(readers.map((member) => [member, setOf(set)])));
        for (const member of readers) this.honest.get(member)!.crash();
      }
    }
    if (plan === 'random') {
      for (let turn = 0; turn < 3; turn++) {
        const sets = [0, 1].map(() => setOf(dealers.filter(() => random.chance(0.8))));
        this.#agree(context, new Map(readers.map((member) => [member, random.pick(sets)])));
      }
    }
  }

  /** Each reader drops as many as it accepts, so that as many keys as possible open while few vectors are left under masks. */
  #scattered(
    readers: readonly PeerId[],
    targets: readonly PeerId[],
    all: readonly PeerId[],
    threshold: number,
    setOf: (kept: readonly PeerId[]) => SurvivorsBody,
  ): Map<PeerId, SurvivorsBody> {
    const drops = new Map(targets.map((target) => [target, 0]));
    return new Map(
      readers.map((reader) => {
        const open = targets.filter((target) => target !== reader).sort((x, y) => drops.get(x)! - drops.get(y)!);
        const dropped = open.slice(0, all.length - threshold);
        for (const target of dropped) drops.set(target, drops.get(target)! + 1);
        return [reader, setOf(all.filter((member) => !dropped.includes(member)))];
      }),
    );
  }

  #setOf(context: Hash, attempt: AttemptTerms, deals: Hash, kept: readonly PeerId[]): SurvivorsBody {
    const bits = keptBits(attempt.terms.members, new Set(kept));
    const place = { ...atOf(attempt.at), group: attempt.group, context, deals };
    const body: SurvivorsBody = { t: 'survivors', ...place, kept: bits, senders: kept.length, root: hashBytes(bits) };
    const known = this.survivors.get(idOf(body));
    if (known !== undefined) return known;
    this.survivors.set(idOf(body), body);
    return body;
  }

  /** Shows each reader its set, and hands around every signature that there is, real or invented. */
  #agree(context: Hash, sets: ReadonlyMap<PeerId, SurvivorsBody>): void {
    for (const [reader, set] of sets) {
      this.#say(reader, { t: 'fixed', certificate: [sign(set, RELAY)] });
      this.#disturb(reader);
    }
    for (const [reader, set] of sets) {
      const members = this.knowledge.terms.get(context)!.terms.members;
      const kept = keptOf(members, set.kept)!;
      const body = { t: 'consistent' as const, ...atOf(set), context, survivors: idOf(set) };
      const real = this.heard('consistent').filter(({ signed }) => signed.body.survivors === body.survivors);
      const signers = this.mutant === 'no-consistency' ? kept : kept.filter((member) => this.colluders.has(member));
      const signatures = [...real.map(({ signed }) => signed), ...signers.map((member) => sign(body, member))];
      this.#say(reader, { t: 'agreed', signatures: signatures.slice(0, 32) });
      // Invented signatures, which a shell finds out.
      if (this.#maybe(0.1)) this.#say(reader, { t: 'agreed', signatures: kept.map((by) => ({ ...sign(body, RELAY), by })) });
      this.#disturb(reader);
    }
  }

  #say(to: PeerId, message: FromCarrier): void {
    this.told.push({ from: RELAY, to, message });
    if (isAuthentic(message)) this.honest.get(to)!.input({ t: 'message', from: RELAY, message });
  }

  /** A crash, a question again, or something old again. */
  #disturb(member: PeerId): void {
    const { random, told } = this;
    const shell = this.honest.get(member)!;
    if (this.#maybe(0.03)) shell.crash();
    if (this.#maybe(0.05)) shell.input({ t: 'tick' });
    if (this.#maybe(0.1) && told.length > 0) this.#say(member, random.pick(told).message as FromCarrier);
  }

  heard<T extends FromMember['t']>(t: T): SaidBy<T>[] {
    return this.said.flatMap(({ message }) => (message.t === t ? [message as SaidBy<T>] : []));
  }
}
