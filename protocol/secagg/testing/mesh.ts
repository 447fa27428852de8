/** One group and its leader, both honest: mail goes around until nobody has anything to say, and then the leader's time is up. */
import { hashBytes, type Hash } from '../../codec.ts';
import { asMeshError } from '../../errors.ts';
import type { PeerId } from '../../identity.ts';
import { FED, id } from '../../round/core.fixture.ts';
import { seeded, type Random } from '../../sim/random.ts';
import { contextOf, type At, type AttemptTerms } from '../context.ts';
import type { Refusal } from '../effects.ts';
import type { SecaggMessage } from '../messages.ts';
import { checkParameters, thresholdOf } from '../parameters.ts';
import { CarrierShell, isAuthentic, MemberShell, type Mail } from './shells.ts';
import * as toy from './toy-ciphers.ts';

export const RELAY = id('relay');
const hash = (text: string): Hash => hashBytes(new TextEncoder().encode(text));
export const namesOf = (size: number): PeerId[] => Array.from({ length: size }, (_, i) => id(`m${String(i).padStart(2, '0')}`));

export interface Group {
  readonly size: number;
  readonly colluders: number;
  readonly honest: number;
  readonly threshold?: number;
}

/** Terms, and the channel secrets behind them. */
export function termsOf(
  group: Group,
  random: Random,
  changes: Partial<At> = {},
): { attempt: AttemptTerms; channels: Map<PeerId, Uint8Array> } {
  const members = namesOf(group.size);
  const channels = new Map(members.map((member) => [member, toy.toBytes(toy.randomSecret(random))]));
  const { size, colluders, honest, threshold = thresholdOf(size, colluders, honest) } = group;
  const terms = {
    mode: 'shares' as const,
    members,
    channels: members.map((member) => toy.publicOf(channels.get(member)!)),
    threshold,
    colluders,
    honest,
    coordinates: toy.WORDS,
    gridBits: 12,
    roster: hash('roster'),
    beacon: hash('beacon'),
  };
  const at: At = { fed: FED, epoch: 0, round: 1, view: 0, attempt: 0, ...changes };
  return { attempt: { at, group: 0, state: hash('state'), stateRound: 0, terms }, channels };
}

/** What a device answers to terms whose keys it all knows. */
export function checkTerms({ terms: { members, threshold, colluders, honest } }: AttemptTerms): Refusal | null {
  try {
    checkParameters({ size: members.length, threshold, colluders, honest });
  } catch (error) {
    const { code, detail } = asMeshError(error);
    return { code, field: detail.field ?? '' };
  }
  return null;
}

/** What a member says last before it falls asleep: everything before this kind of message. */
export type Asleep = ReadonlyMap<PeerId, SecaggMessage['t']>;

export class Mesh {
  readonly members = new Map<PeerId, MemberShell>();
  readonly carrier: CarrierShell;
  readonly attempt: AttemptTerms;
  readonly asleep: Asleep;
  readonly sent: Mail[] = [];
  /** What a liar sends instead. */
  tampers: (mail: Mail) => readonly Mail[] = (mail) => [mail];
  /** Mail that a test keeps back. */
  withholds: (mail: Mail) => boolean = () => false;
  readonly withheld: Mail[] = [];
  readonly #gone = new Set<PeerId>();
  readonly #mail: Mail[] = [];
  readonly #channels: ReadonlyMap<PeerId, Uint8Array>;

  constructor(group: Group, seed: number, asleep: Asleep = new Map()) {
    const random = seeded(seed);
    const { attempt, channels } = termsOf(group, random);
    this.attempt = attempt;
    this.asleep = asleep;
    this.#channels = channels;
    const post = (mail: Mail): void => {
      if (this.asleep.get(mail.from) === mail.message.t) this.#gone.add(mail.from);
      if (this.#gone.has(mail.from)) return;
      for (const sent of this.tampers(mail)) {
        this.sent.push(sent);
        if (this.withholds(sent)) this.withheld.push(sent);
        else this.#mail.push(sent);
      }
    };
    for (const self of attempt.terms.members) {
      const config = { self, checkTerms, isQuorum: (seats: readonly PeerId[]) => seats.includes(RELAY) };
      this.members.set(self, new MemberShell(config, random, post));
    }
    this.carrier = new CarrierShell(RELAY, attempt, post);
  }

  get context(): Hash {
    return contextOf(this.attempt);
  }

  begin(): void {
    this.carrier.input({ t: 'start' });
    for (const [self, member] of this.members) {
      const channel = this.#channels.get(self)!.slice();
      if (!this.#gone.has(self)) member.input({ t: 'enter', attempt: this.attempt, leader: RELAY, channel });
    }
  }

  run(): this {
    this.begin();
    for (let turn = 0; turn < 40 && !this.isOver; turn++) {
      this.deliver();
      // Whoever restarted says again what is under way; then the leader's time is up.
      if (turn % 2 === 0) for (const [self, member] of this.members) if (!this.#gone.has(self)) member.input({ t: 'tick' });
      if (turn % 2 === 1 && this.carrier.timer !== null) this.carrier.input({ t: 'timeout', stage: this.carrier.timer.stage });
    }
    return this;
  }

  get isOver(): boolean {
    return this.carrier.state.stage === 'summed' || this.carrier.state.stage === 'failed';
  }

  deliver(): void {
    for (let mail = this.#mail.shift(); mail !== undefined; mail = this.#mail.shift()) {
      const { from, to, message } = mail;
      if (!isAuthentic(message)) continue;
      if (to === RELAY) this.carrier.input({ t: 'message', from, message: message as never });
      else if (!this.#gone.has(to)) this.members.get(to)!.input({ t: 'message', from, message: message as never });
    }
  }

  /** What the leader found, and the plain sum of what its members added; null where it failed. */
  get sums(): { found: number[]; expected: number[]; members: readonly PeerId[] } | null {
    const event = this.carrier.events.find(({ t }) => t === 'summed');
    if (event?.t !== 'summed') return null;
    const expected = new Uint32Array(toy.WORDS);
    for (const member of event.members) {
      const signed = this.carrier.state.masked.get(member)!;
      toy.addTo(expected, this.members.get(member)!.spent.own.get(signed.body.vector)!, 1);
    }
    return { found: [...toy.wordsOf(event.vector)], expected: [...expected], members: event.members };
  }
}
