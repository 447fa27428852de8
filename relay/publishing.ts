/**
 * Who may publish on this relay, by its host's policy and invitations, and what a new federation is charged with. federations.ts publishes;
 * reclaim.ts makes room.
 */
import { hashBytes, toBase64Url, type Hash } from '#protocol/codec';
import { MeshError } from '#protocol/errors';
import type { PeerId } from '#protocol/identity';
import { INVITATION_MS } from '#protocol/limits';
import { seatsOf, type Manifest } from '#protocol/manifest/manifest';
import type { PublishPolicy } from '#protocol/rest';
import { allotmentOf } from './allotment.ts';
import type { NewManifest, Standing, Store } from './store/store.ts';

/** Bytes of an invitation: 16 letters. */
const CODE_BYTES = 12;

export interface Publishing {
  readonly policy: PublishPolicy;
  /** Bytes of memory that one seat may need at most. */
  readonly seatBytesMax: number;
}

export interface Publisher {
  /** A code from the host. */
  readonly invitation?: string | null;
  /** The network address that limits count. */
  readonly address?: string;
  /** Called with the proven steward, before anything is stored. */
  readonly admit?: (steward: PeerId) => Promise<void>;
}

export interface Published {
  readonly manifest: Manifest;
  readonly created: boolean;
  /** The host has to approve it first. */
  readonly waits: boolean;
}

export class PublishRules {
  readonly policy: PublishPolicy;
  readonly #seatBytesMax: number;
  readonly #self: PeerId;
  readonly #store: Store;

  constructor({ policy, seatBytesMax }: Publishing, self: PeerId, store: Store) {
    this.policy = policy;
    this.#seatBytesMax = seatBytesMax;
    this.#self = self;
    this.#store = store;
  }

  /**
   * Whether this key may upload bytes, asked before it does.
   * @param hosts whether one of its federations runs here @throws MeshError publishing-closed, field-invalid for an invalid code
   */
  async check(by: PeerId, hosts: boolean, invitation: string | null, now: number): Promise<void> {
    if (this.policy !== 'closed' || by === this.#self || hosts) return;
    if (invitation === null) throw closed();
    await this.#store.checkInvitation(hashOfCode(invitation), now);
  }

  /** What a new manifest is stored with. @throws MeshError publishing-closed, quota for a seat that never fits */
  row({ id, body, signed }: Manifest, code: Hash | null, now: number): Omit<NewManifest, 'bytes' | 'invitation'> {
    const invited = signed.by === this.#self || code !== null;
    if (this.policy === 'closed' && !invited) throw closed();
    const standing: Standing = invited || this.policy === 'open' ? 'listed' : 'waiting';
    const testSet = (body.testSet?.hash ?? null) as Hash | null;
    return { id, owner: signed.by, standing, kept: invited, active: now, ...this.#needs(body), testSet };
  }

  /** @returns a code that admits one manifest without approval */
  async invite(now: number): Promise<string> {
    const code = toBase64Url(crypto.getRandomValues(new Uint8Array(CODE_BYTES)));
    await this.#store.invite(hashOfCode(code), now + INVITATION_MS, now);
    return code;
  }

  /** Bytes promised to it, if the relay is to be one of its seats. */
  #needs(body: Manifest['body']): { readonly states: number; readonly disk: number } {
    if (!seatsOf(body).ids.includes(this.#self)) return { states: 0, disk: 0 };
    const { states, disk, memory } = allotmentOf(body);
    if (memory <= this.#seatBytesMax) return { states, disk };
    throw new MeshError('quota', { field: 'memory', expected: `a seat of at most ${this.#seatBytesMax} bytes`, got: String(memory) });
  }
}

const closed = () =>
  new MeshError('publishing-closed', { field: 'invitation', expected: 'a code from the host of this relay', got: 'nothing' });

/** Only the hash is kept: a code is a secret until it is used. */
export const hashOfCode = (code: string): Hash => hashBytes(new TextEncoder().encode(code));
