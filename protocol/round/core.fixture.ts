/**
 * One round core under a test's hands: messages go in as a shell would give them, effects come out as a list. Signatures are not
 * real here; that only verified messages come in is the shell's part.
 */
import type { VoteBody } from '../agreement/messages.ts';
import { isViewChange } from '../agreement/view-change.ts';
import { hashBytes, type Hash } from '../codec.ts';
import { MemoryStorage } from '../driver/memory-storage.ts';
import { idOf, type PeerId, type Signed } from '../identity.ts';
import { step } from './core.ts';
import { deciding } from './decide.ts';
import type { CoreEvent, Draft, Effect, Input } from './effects.ts';
import type { AttestBody, CertifiedRecord, ChangeMessage, Lock, RecordBody, RoundMessage, SignedBody, UpdateBody } from './messages.ts';
import { contributionOf, seatRules, type RoundConfig } from './record.ts';
import { bodyOf, completeDraft } from './signatures.ts';
import { changeFrom } from './wire-names.ts';
import { restoreRound, type RoundState } from './state.ts';

export const FED = 'F'.repeat(43) as Hash;
const INITIAL = new TextEncoder().encode('state 0');

export const id = (name: string): PeerId => `${name}-`.padEnd(44, 'x') as PeerId;
export const signed = <B extends SignedBody>(body: B, by: PeerId): Signed<B> => ({ body, by, sig: new Uint8Array(64) });
export const vectorOf = (seed: number): Uint8Array => {
  const vector = new Uint8Array(8);
  new DataView(vector.buffer).setUint32(0, seed);
  return vector;
};

/** The rule of these tests: the next state is a digest of the last one and of the vectors. */
export function nextState(base: Uint8Array, vectors: readonly Uint8Array[]): Uint8Array {
  return new TextEncoder().encode([base, ...vectors].map(hashBytes).join(' '));
}

export function configOf(self: PeerId, seats: readonly PeerId[], f: number, changes: Partial<RoundConfig> = {}): RoundConfig {
  return {
    fed: FED,
    epoch: 0,
    self,
    ...seatRules(seats, f),
    minContributors: 2,
    maxContributors: 8,
    modelsMax: 1000,
    joinWindowMs: 100,
    deadlineMs: 1000,
    takeoverMs: 500,
    tickMs: 200,
    kernel: 'test/1',
    salt: 'salt',
    initialState: { hash: hashBytes(INITIAL), bytes: INITIAL },
    checkVector: (v) => (v.length !== 8 ? 'wrong-length' : v[7] === 255 ? 'out-of-bound' : null),
    ...changes,
  };
}

export class Core {
  readonly config: RoundConfig;
  readonly storage = new MemoryStorage();
  s: RoundState;
  /** Everything that came out since `take`, in order. */
  effects: Effect[] = [];
  /** Whether messages to itself and recomputations are answered at once, as a shell does. */
  loop = true;

  constructor(config: RoundConfig) {
    this.config = config;
    this.s = restoreRound(config, this.storage.stored);
  }

  /** A crash and a start from what was persisted. */
  restart(): this {
    this.s = restoreRound(this.config, this.storage.stored);
    this.effects = [];
    return this.input({ t: 'start' });
  }

  input(input: Input): this {
    for (const effect of step(this.s, input)) this.#perform(effect);
    return this;
  }

  #perform(effect: Effect): void {
    this.effects.push(effect);
    if (effect.t === 'persist') {
      this.storage.apply(effect);
    } else if (effect.t === 'aggregate' && this.loop) {
      const bytes = nextState(effect.base, effect.vectors);
      this.input({ t: 'aggregated', key: effect.key, hash: hashBytes(bytes), bytes });
    } else if (effect.t === 'send' && this.loop) {
      const toSelf = effect.to === 'all' || effect.to === this.config.self || (effect.to === 'seats' && this.s.isSeat);
      if (toSelf) this.say(this.config.self, this.complete(effect.draft));
    }
  }

  complete(draft: Draft): RoundMessage {
    const body = bodyOf(draft);
    return completeDraft(draft, body === null ? null : (signed(body, this.config.self) as Signed<never>));
  }

  say(from: PeerId, message: RoundMessage): this {
    return this.input({ t: 'message', from, message });
  }

  peers(...peers: readonly PeerId[]): this {
    return this.input({ t: 'peers', peers });
  }

  take(): Effect[] {
    const { effects } = this;
    this.effects = [];
    return effects;
  }

  /** What was sent since the last `take`, and takes it. */
  sent<T extends RoundMessage['t']>(t: T): { readonly to: string; readonly message: Extract<RoundMessage, { t: T }> }[] {
    return this.take().flatMap((effect) => {
      if (effect.t !== 'send') return [];
      const message = this.complete(effect.draft);
      return message.t === t ? [{ to: effect.to, message: message as Extract<RoundMessage, { t: T }> }] : [];
    });
  }

  events<T extends CoreEvent['t']>(t: T): Extract<CoreEvent, { t: T }>[] {
    return this.effects.flatMap((e) => (e.t === 'emit' && e.event.t === t ? [e.event as Extract<CoreEvent, { t: T }>] : []));
  }

  // --- what others say to it ---

  get slot(): { fed: Hash; epoch: number; round: number } {
    return { fed: FED, epoch: 0, round: this.s.slot.round };
  }

  join(by: PeerId): this {
    return this.say(by, { t: 'join', signed: signed({ t: 'join', ...this.slot, state: this.s.head.record.state }, by) });
  }

  /** As after a slot from this state that was skipped: these were on its list. */
  asked(...members: readonly PeerId[]): this {
    this.s.collect.called = new Set([...this.s.collect.called, ...members]);
    return this;
  }

  update(by: PeerId, vector: Uint8Array, changes: Partial<UpdateBody> = {}): RoundMessage & { t: 'update' } {
    const { state, stateRound } = this.s.head.record;
    const body: UpdateBody = {
      t: 'update',
      fed: FED,
      epoch: 0,
      attempt: 0,
      state,
      stateRound,
      vector: hashBytes(vector),
      ledger: hashBytes(vector),
      ...changes,
    };
    return { t: 'update', signed: signed(body, by), vector };
  }

  skip(): RecordBody {
    const { state, stateRound, models } = this.s.head.record;
    return {
      t: 'record',
      ...this.slot,
      kind: 'skip',
      base: this.s.headId,
      from: { state, round: stateRound },
      state,
      stateRound,
      models,
      kernel: this.config.kernel,
      contributions: [],
    };
  }

  /** The record that these updates make, members in order. */
  model(updates: readonly { readonly by: PeerId; readonly vector: Uint8Array }[]): RecordBody {
    const list = [...updates].sort((a, b) => (a.by < b.by ? -1 : 1));
    const contributions = list.map(({ by, vector }) => contributionOf(this.update(by, vector).signed));
    const state = hashBytes(
      nextState(
        this.s.stateBytes!,
        list.map((u) => u.vector),
      ),
    );
    const skip = this.skip();
    return { ...skip, kind: 'model', state, stateRound: skip.round, models: skip.models + 1, contributions };
  }

  propose(by: PeerId, record: RecordBody, view = 0, changes: readonly ChangeMessage[] = []): this {
    return this.say(by, { t: 'propose', signed: signed({ t: 'propose', ...this.slot, view, record: idOf(record) }, by), record, changes });
  }

  attest(by: PeerId, record: RecordBody): this {
    return this.say(by, { t: 'attest', signed: attestOf(by, record) });
  }

  vote(by: PeerId, t: 'prepare' | 'commit', record: RecordBody, view = 0, attests: readonly Signed<AttestBody>[] = []): this {
    return this.say(by, { t: 'vote', signed: voteOf(by, t, record, view), attests });
  }

  change(by: PeerId, view: number, lock: Lock | null = null): ChangeMessage {
    const named = lock === null ? null : { view: lock.view, record: idOf(lock.record) };
    return { t: 'change', signed: signed({ t: 'change', ...this.slot, view, lock: named }, by), lock };
  }

  /** Whether it takes a change of view for whole. */
  believes(change: ChangeMessage): boolean {
    return isViewChange(deciding(this.s), changeFrom(change));
  }
}

export const voteOf = (by: PeerId, t: 'prepare' | 'commit', record: RecordBody, view = 0): Signed<VoteBody> =>
  signed({ t, fed: record.fed, epoch: record.epoch, round: record.round, view, record: idOf(record) }, by);

export const attestOf = (by: PeerId, record: RecordBody): Signed<AttestBody> =>
  signed({ t: 'attest', fed: record.fed, epoch: record.epoch, round: record.round, record: idOf(record) }, by);

export function certify(record: RecordBody, seats: readonly PeerId[], attestors: readonly PeerId[], view = 0): CertifiedRecord {
  return { record, commits: seats.map((by) => voteOf(by, 'commit', record, view)), attests: attestors.map((by) => attestOf(by, record)) };
}

export function lockOf(record: RecordBody, view: number, seats: readonly PeerId[], attestors: readonly PeerId[]): Lock {
  return {
    view,
    record,
    prepares: seats.map((by) => voteOf(by, 'prepare', record, view)),
    attests: attestors.map((by) => attestOf(by, record)),
  };
}
