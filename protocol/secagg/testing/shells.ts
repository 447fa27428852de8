/**
 * Shells around the two machines as a driver would be: a disk, jobs at once, signatures of a kind that only this file can make. A shell may
 * be told to crash before or after one of its writes; then it starts again from its disk.
 */
import { sha256 } from '@noble/hashes/sha2.js';
import { decode, encode, equalBytes, hashBytes, type Hash } from '../../codec.ts';
import { idOf, type PeerId, type Signed } from '../../identity.ts';
import type { Random } from '../../sim/random.ts';
import { stepCarrier } from '../carrier.ts';
import { restoreCarrier, type CarrierState } from '../carrier-state.ts';
import { atOf, type AttemptTerms } from '../context.ts';
import {
  bodyOf,
  completeDraft,
  type CarrierEffect,
  type CarrierEvent,
  type CarrierInput,
  type DealJob,
  type DealResult,
  type MemberEffect,
  type MemberEvent,
  type MemberInput,
  type Persist,
} from '../effects.ts';
import { stepMember } from '../member.ts';
import { MEMBER_CELL, restoreMember, type MemberCell, type MemberConfig, type MemberState } from '../member-state.ts';
import { signaturesIn, type CommitmentBody, type SecaggBody, type SecaggMessage } from '../messages.ts';
import { checkJob, dealJob, maskInto, unmaskJob } from './toy-jobs.ts';
import * as toy from './toy-ciphers.ts';

export interface Mail {
  readonly from: PeerId;
  readonly to: PeerId;
  readonly message: SecaggMessage;
}

const sealOf = (by: PeerId, id: Hash): Uint8Array => {
  const half = sha256(new TextEncoder().encode(`secret of ${by} ${id}`));
  return toy.joined(half, half);
};

/** Only for the keys that one holds. */
export const sign = <B extends SecaggBody>(body: B, by: PeerId): Signed<B> => ({ body, by, sig: sealOf(by, idOf(body)) });

export const isAuthentic = (message: SecaggMessage): boolean =>
  signaturesIn(message).every(({ body, by, sig }) => equalBytes(sig, sealOf(by, idOf(body))));

class Crash extends Error {}

/** What outlives a crash. */
class Disk {
  readonly cells = new Map<string, Uint8Array<ArrayBuffer>>();
  readonly blobs = new Map<Hash, Uint8Array>();
  /** Writes so far, twice: each has a moment before and one after. */
  moments = 0;
  crashAt = -1;
  /** Cells that a mutant does not write. */
  skips: (value: unknown) => boolean = () => false;

  apply({ puts, deletes, blobs = [] }: Persist): void {
    this.#moment();
    for (const { hash, bytes } of blobs) this.blobs.set(hash, bytes.slice());
    for (const key of deletes) this.cells.delete(key);
    for (const { key, value } of puts) if (!this.skips(value)) this.cells.set(key, encode(value));
    this.#moment();
  }

  read(): Map<string, unknown> {
    return new Map([...this.cells].map(([key, bytes]) => [key, decode(bytes)]));
  }

  #moment(): void {
    if (this.moments++ === this.crashAt) throw new Crash();
  }
}

abstract class Shell<I, E> {
  readonly disk = new Disk();
  readonly id: PeerId;
  readonly post: (mail: Mail) => void;
  restarts = 0;
  #inputs: I[] = [];

  constructor(id: PeerId, post: (mail: Mail) => void) {
    this.id = id;
    this.post = post;
  }

  input(input: I): void {
    this.#inputs.push(input);
    if (this.#inputs.length > 1) return;
    while (this.#inputs.length > 0) {
      try {
        for (const effect of this.step(this.#inputs[0]!)) {
          const answer = this.perform(effect);
          if (answer !== null) this.#inputs.push(answer);
        }
        this.#inputs.shift();
      } catch (error) {
        if (!(error instanceof Crash)) throw error;
        this.#inputs = [this.restart()];
      }
    }
  }

  /** A crash between two inputs. */
  crash(): void {
    this.input(this.restart());
  }

  protected send(to: PeerId, draft: Parameters<typeof bodyOf>[0]): null {
    const body = bodyOf(draft);
    this.post({ from: this.id, to, message: completeDraft(draft, body === null ? null : (sign(body, this.id) as Signed<never>)) });
    return null;
  }

  protected abstract step(input: I): readonly E[];
  protected abstract perform(effect: E): I | null;
  protected abstract restart(): I;
}

/** What a member did that must happen once in a context. */
export interface Spent {
  readonly reserved: Hash[];
  readonly lots: Hash[];
  readonly events: MemberEvent[];
  /** Its own vectors, by masked vector. */
  readonly own: Map<Hash, Uint32Array>;
  /** Under whose masks each vector hides. */
  readonly masks: Map<Hash, { readonly context: Hash; readonly dealers: readonly PeerId[] }>;
}

export class MemberShell extends Shell<MemberInput, MemberEffect> {
  readonly spent: Spent = { reserved: [], lots: [], events: [], own: new Map(), masks: new Map() };
  readonly config: MemberConfig;
  readonly random: Random;
  state: MemberState;
  secretBits = 60;
  /** A mutant's secrets and streams, the same in every context. */
  reuses = false;
  #reused: DealResult['secrets'] | null = null;
  /** What a mutant sends instead of a fresh masked vector. */
  answer: (fresh: Uint8Array) => Uint8Array = (fresh) => fresh;

  constructor(config: MemberConfig, random: Random, post: (mail: Mail) => void) {
    super(config.self, post);
    this.config = config;
    this.random = random;
    this.state = restoreMember(config, null);
  }

  protected override step(input: MemberInput): MemberEffect[] {
    return stepMember(this.state, input);
  }

  protected override restart(): MemberInput {
    this.restarts++;
    this.state = restoreMember(this.config, (this.disk.read().get(MEMBER_CELL) as MemberCell | undefined) ?? null);
    return { t: 'start' };
  }

  protected override perform(effect: MemberEffect): MemberInput | null {
    switch (effect.t) {
      case 'persist':
        this.disk.apply(effect);
        return null;
      case 'send':
        return this.send(effect.to, effect.draft);
      case 'job': {
        const { key, job } = effect;
        return { t: 'worked', key, result: job.t === 'deal' ? this.#deal(job) : checkJob(job) };
      }
      case 'reserve':
        this.spent.reserved.push(effect.context);
        return { t: 'reserved', key: effect.key };
      case 'mask':
        return this.#mask(effect);
      case 'wipe':
        for (const secret of effect.secrets) secret.fill(0);
        return null;
      case 'emit':
        this.spent.events.push(effect.event);
        return null;
    }
  }

  #deal(job: DealJob): DealResult {
    const secrets = this.reuses ? this.#reused : null;
    const result = dealJob(job, this.random, this.secretBits, secrets);
    this.#reused ??= { key: result.secrets.key.slice(), seed: result.secrets.seed.slice() };
    return result;
  }

  #mask(effect: Extract<MemberEffect, { readonly t: 'mask' }>): MemberInput {
    const { attempt, context, deals } = effect;
    const own = Uint32Array.from({ length: toy.WORDS }, () => this.random.between(0, 2 ** 32 - 1));
    const masked = own.slice();
    maskInto(masked, this.id, this.reuses ? { ...effect, context: hashBytes(toy.toBytes(0n)) } : effect);
    const vector = this.answer(toy.bytesOf(masked));
    const hash = hashBytes(vector);
    this.spent.lots.push(context);
    if (!this.spent.own.has(hash)) this.spent.own.set(hash, own);
    this.spent.masks.set(hash, { context, dealers: effect.dealers.map(({ member }) => member) });
    const { group, state, stateRound } = attempt;
    const place = { ...atOf(attempt.at), group, state, stateRound, context, deals };
    const body: CommitmentBody = {
      t: 'commitment',
      ...place,
      vector: hash,
      ledger: hashBytes(toy.toBytes(1n)),
      tip: hashBytes(toy.toBytes(2n)),
    };
    return { t: 'masked', key: effect.key, signed: sign(body, this.id), vector };
  }
}

/** One seat, the leader itself: enough of them to certify. */
export class CarrierShell extends Shell<CarrierInput, CarrierEffect> {
  readonly events: CarrierEvent[] = [];
  readonly attempt: AttemptTerms;
  state: CarrierState;
  timer: Extract<CarrierEffect, { readonly t: 'timer' }> | null = null;
  unmaskings = 0;
  /** Whether its seat signs what it is asked for. */
  certifies = true;

  constructor(self: PeerId, attempt: AttemptTerms, post: (mail: Mail) => void) {
    super(self, post);
    this.attempt = attempt;
    this.state = this.#restored();
  }

  #restored(): CarrierState {
    return restoreCarrier({ self: this.id, isQuorum: (seats) => seats.includes(this.id) }, this.attempt, this.disk.read());
  }

  protected override step(input: CarrierInput): CarrierEffect[] {
    return stepCarrier(this.state, input);
  }

  protected override restart(): CarrierInput {
    this.restarts++;
    this.timer = null;
    this.state = this.#restored();
    return { t: 'start' };
  }

  protected override perform(effect: CarrierEffect): CarrierInput | null {
    switch (effect.t) {
      case 'persist':
        this.disk.apply(effect);
        return null;
      case 'send':
        return this.send(effect.to, effect.draft);
      case 'timer':
        this.timer = effect;
        return null;
      case 'certify':
        return this.certifies ? { t: 'certified', certificate: [sign(effect.body, this.id)] } : null;
      case 'job':
        this.unmaskings++;
        return { t: 'worked', key: effect.key, result: unmaskJob(effect.job, (hash) => this.disk.blobs.get(hash)!) };
      case 'emit':
        this.events.push(effect.event);
        return null;
    }
  }
}
