/**
 * Seats that agree on a word, over a network that delays, loses and repeats, with crashes and liars: the agreement without any round.
 * A word may have to be fetched before it can be judged; words but "pass" need somebody's evidence; "bad" ones are invalid.
 */
import { bodyHash, type Hash } from '../codec.ts';
import type { PeerId, Signed } from '../identity.ts';
import { Clock } from '../sim/clock.ts';
import { seeded, type Random } from '../sim/random.ts';
import { startViewTimer } from './ballot.ts';
import { isFinal } from './certificate.ts';
import type { AgreementDraft, Ballot, Certificate, ChangeBody, ProposeBody, ViewChange, VoteBody } from './messages.ts';
import { isFree, onProposal, propose, reconsider, repeat, resume } from './proposal.ts';
import { isLeader, newAgreement, restoreAgreement, slotOf, type Agreement, type AgreementState } from './state.ts';
import { onChange, onViewTimer } from './view-change.ts';
import { onVote, recount } from './voting.ts';

export interface Rules {
  readonly n: number;
  readonly f: number;
  readonly quorum: number;
}

/** What all seats do wrong. */
export type Mutant = 'ballot-not-written' | 'lock-hidden';

export interface Changes {
  readonly liars?: number;
  readonly mutant?: Mutant | null;
  /** Milliseconds that every message takes at least. */
  readonly delayMs?: number;
}

type Message =
  | {
      readonly t: 'propose';
      readonly signed: Signed<ProposeBody>;
      readonly value: string;
      readonly changes: readonly ViewChange<string, string>[];
    }
  | { readonly t: 'vote'; readonly signed: Signed<VoteBody>; readonly evidence: readonly string[] }
  | { readonly t: 'change'; readonly signed: Signed<ChangeBody>; readonly lock: ViewChange<string, string>['lock'] }
  | { readonly t: 'evidence'; readonly word: string }
  | { readonly t: 'decided'; readonly certificate: Certificate<string, string> };

const FED = 'F'.repeat(43) as Hash;
const SLOT = 5;
export const VIEW_MS = 400;
export const idOf = (word: string): Hash => bodyHash('word', { word });
export const seatId = (i: number): PeerId => `seat${i}-`.padEnd(44, 'x') as PeerId;
const sealed = <B extends { readonly t: string }>(body: B, by: PeerId): Signed<B> => ({ body, by, sig: new Uint8Array(64) });

export class Seat {
  readonly self: PeerId;
  readonly world: World;
  state: AgreementState<string, string> = newAgreement(SLOT);
  decided: string | null = null;
  /** What survives a crash. */
  disk: Ballot<string, string> | null = null;
  readonly fetched = new Set<string>(['pass']);
  evidence = new Set<string>();
  #timers = 0;
  #life = 0;

  constructor(world: World, self: PeerId) {
    this.world = world;
    this.self = self;
  }

  get a(): Agreement<string, string> {
    const { rules, seats } = this.world;
    return {
      config: { fed: FED, epoch: 0, self: this.self, seats: [...seats.keys()], f: rules.f, quorum: rules.quorum, takeoverMs: VIEW_MS },
      state: this.state,
      caller: {
        idOf,
        judge: (word, source) => this.#judge(word, source),
        isProven: (word, evidence) => word === 'pass' || evidence.includes(`seen ${word}`),
        evidenceFor: (id) => [...this.evidence].filter((e) => idOf(e.slice('seen '.length)) === id),
        keepEvidence: (list) => list.forEach((e) => this.evidence.add(e)),
        confirm: (word) => word !== 'pass' && this.#say({ t: 'evidence', word }),
        forget: () => {},
        entered: () => {},
        lacks: () => {},
        persist: (ballot) => this.world.mutant !== 'ballot-not-written' && (this.disk = ballot),
        send: (_, draft) => this.#say(this.#sign(draft)),
        startTimer: (ms) => this.#startTimer(ms),
      },
    };
  }

  start(): void {
    const { disk } = this;
    if (disk !== null) {
      this.state = restoreAgreement(SLOT, disk, idOf);
      this.evidence = new Set(disk.lock?.evidence);
      resume(this.a);
    }
    startViewTimer(this.a);
    this.#tick();
  }

  crash(): void {
    this.#life++;
    this.#timers++;
    this.state = newAgreement(SLOT);
    this.evidence = new Set();
  }

  hear(from: PeerId, message: Message): void {
    const { a } = this;
    if (this.decided !== null) {
      if (message.t !== 'decided' && from !== this.self) this.world.send(this, from, { t: 'decided', certificate: this.#certificate! });
      return;
    }
    switch (message.t) {
      case 'propose':
        return this.#decide(onProposal(a, message));
      case 'vote':
        return this.#decide(onVote(a, from, message.signed, message.evidence));
      case 'change':
        return onChange(a, message) ? this.#lead() : undefined;
      case 'evidence':
        this.evidence.add(`seen ${message.word}`);
        reconsider(a);
        return this.#decide(recount(a));
      case 'decided': {
        const { value, commits, evidence } = message.certificate;
        if (a.caller.isProven(value, evidence) && isFinal(a.config, slotOf(a), idOf(value), commits)) this.#decide(message.certificate);
      }
    }
  }

  #certificate: Certificate<string, string> | null = null;

  #decide(certificate: Certificate<string, string> | null): void {
    if (certificate === null) return;
    this.#certificate = certificate;
    this.decided = certificate.value;
    this.#timers++;
    this.world.onDecided(this);
    this.#say({ t: 'decided', certificate });
  }

  #judge(word: string, source: PeerId | null): 'valid' | 'waiting' | 'invalid' {
    if (word.startsWith('bad')) return 'invalid';
    if (this.fetched.has(word)) return 'valid';
    if (source !== null || word === this.#own()) {
      this.#later(this.world.random.between(5, 60), () => {
        this.fetched.add(word);
        if (this.decided === null) reconsider(this.a);
      });
    }
    return 'waiting';
  }

  #own(): string {
    return `word of ${this.self.slice(0, 5)}, life ${this.#life}`;
  }

  #lead(): void {
    const { a } = this;
    if (isLeader(a) && this.state.proposed === null && isFree(a)) propose(a, this.state.ballot.view > 3 ? 'pass' : this.#own());
  }

  #tick(): void {
    if (this.decided === null) {
      repeat(this.a);
      this.#lead();
    }
    this.#later(100, () => this.#tick());
  }

  #later(ms: number, run: () => void): void {
    const life = this.#life;
    this.world.clock.after(ms, () => life === this.#life && run());
  }

  #startTimer(ms: number): void {
    const turn = ++this.#timers;
    this.#later(ms, () => turn === this.#timers && onViewTimer(this.a));
  }

  #sign(draft: AgreementDraft<string, string>): Message {
    const { body, ...rest } = draft;
    return { ...rest, signed: sealed(body, this.self) } as Message;
  }

  #say(message: Message): void {
    const { world, self } = this;
    const isHidden = message.t === 'change' && world.mutant === 'lock-hidden';
    const honest = isHidden ? [this.#hideLock(message)] : [message];
    for (const to of world.seats.keys()) {
      for (const said of world.liars.has(self) ? this.#lies(message, to) : honest) world.send(this, to, said);
    }
  }

  #hideLock(message: Extract<Message, { t: 'change' }>): Message {
    return { ...message, lock: null, signed: sealed({ ...message.signed.body, lock: null }, this.self) };
  }

  /** To each seat another word, to which all liars agree in both phases; and no lock. */
  #lies(message: Message, to: PeerId): Message[] {
    const { random, told } = this.world;
    if (message.t === 'propose') {
      const value = random.pick([message.value, 'pass', 'bad word']);
      const record = idOf(value);
      told.set(to, record);
      return [{ ...message, value, signed: sealed({ ...message.signed.body, record }, this.self) }];
    }
    if (message.t === 'change') return [this.#hideLock(message)];
    if (message.t !== 'vote') return [message];
    const record = told.get(to) ?? message.signed.body.record;
    return (['prepare', 'commit'] as const).map((t) => ({
      ...message,
      signed: sealed({ ...message.signed.body, t, record }, this.self),
    }));
  }
}

export class World {
  readonly rules: Rules;
  readonly clock = new Clock();
  readonly random: Random;
  readonly seats = new Map<PeerId, Seat>();
  readonly liars: ReadonlySet<PeerId>;
  /** The word that a liar proposed to each seat last. */
  readonly told = new Map<PeerId, Hash>();
  readonly mutant: Mutant | null;
  readonly delayMs: number;
  #isFaulty = true;
  #cut: (from: PeerId, to: PeerId) => boolean = () => false;

  constructor(seed: number, rules: Rules, { liars = 0, mutant = null, delayMs = 0 }: Changes = {}) {
    this.rules = rules;
    this.delayMs = delayMs;
    this.random = seeded(seed);
    this.mutant = mutant;
    const ids = Array.from({ length: rules.n }, (_, i) => seatId(i));
    this.liars = new Set(this.random.shuffle(ids).slice(0, liars));
    for (const id of ids) this.seats.set(id, new Seat(this, id));
  }

  send({ self }: Seat, to: PeerId, message: Message): void {
    const { random } = this;
    if (to !== self && (this.#cut(self, to) || (this.#isFaulty && random.chance(0.1)))) return;
    for (let copies = this.#isFaulty && random.chance(0.1) ? 2 : 1; copies > 0; copies--) {
      const delay = to === self ? 0 : this.delayMs + random.between(1, this.#isFaulty ? 250 : 40);
      this.clock.after(delay, () => this.seats.get(to)!.hear(self, message));
    }
  }

  /** Faults for a while, then a whole network. @returns what each honest seat decided */
  async run(): Promise<(string | null)[]> {
    const { clock, random } = this;
    for (const seat of this.seats.values()) seat.start();
    for (let at = 100; at < 6000; at += random.between(100, 900)) clock.after(at, () => this.#fault());
    await clock.runUntil(7000);
    this.#isFaulty = false;
    this.#cut = () => false;
    await clock.runUntil(60_000);
    return [...this.seats.values()].filter(({ self }) => !this.liars.has(self)).map(({ decided }) => decided);
  }

  /** The moment that matters most: who has decided may be cut off, and another may fall over. */
  onDecided({ self }: Seat): void {
    if (!this.#isFaulty || !this.random.chance(0.5)) return;
    this.#cut = (from, to) => (from === self) !== (to === self);
    this.#crash();
  }

  #crash(): void {
    const seat = this.random.pick([...this.seats.values()]);
    if (seat.decided !== null) return;
    seat.crash();
    seat.start();
  }

  #fault(): void {
    const { random } = this;
    if (random.chance(0.5)) this.#crash();
    else {
      const side = new Set(random.shuffle([...this.seats.keys()]).slice(0, random.between(1, this.rules.n)));
      this.#cut = (from, to) => side.has(from) !== side.has(to);
      this.clock.after(random.between(50, 1500), () => (this.#cut = () => false));
    }
  }
}
